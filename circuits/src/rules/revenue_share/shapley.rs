//! Public tables to public weights: Shapley values, and ones that copies of oneself do not raise.
//!
//! Not a rule: the weights go into the rows and the unallocated weight into the terms of `revenue-share/v1`,
//! and everybody can compute them again. Source: rules.md section 6.4.

use crate::number::{Count, Ppm};
use crate::rules::procedures::WHOLE_PPM;

#[cfg(test)]
mod tests;

/// Most parties of a table.
pub const MAX_PARTIES: usize = 8;
/// A similarity of 1, in parts per 256.
pub const ALIKE: Count = Count(256);

/// A table that no weights follow from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTable {
    /// The utilities are not those of all coalitions of up to 8 parties.
    #[error("there are 2^M utilities for M parties, M at most 8")]
    Coalitions,
    /// A utility is above 1000000 ppm.
    #[error("a utility is above the whole")]
    AboveWhole,
    /// The similarities are not one for each two parties.
    #[error("there is one similarity, of at most 256, for each two parties, the same both ways")]
    Similarities,
}

/// Weights for a revenue share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weights {
    /// Each party's weight, in the order of the table.
    pub weights: Vec<Count>,
    /// The weight that belongs to nobody.
    pub unallocated_weight: Count,
}

/// M! times the Shapley value of each party, for `utilities[mask]` of the coalition of the parties whose bits
/// are set (party i is bit i), ppm. A negative value counts as 0. Nothing is unallocated.
///
/// # Errors
/// The table is not one of utilities.
pub fn shapley_weights(utilities: &[Ppm]) -> Result<Weights, BadTable> {
    let weights = shapley(utilities)?.into_iter().map(Count).collect();
    Ok(Weights { weights, unallocated_weight: Count(0) })
}

/// Shapley weights that shrink with a party's similarity to the others, `similarities[i][j]` in parts per
/// 256: half for each exact copy. What they lose is unallocated. Whoever enters several times then gets no
/// more in all, if no coalition is worth less for another member.
///
/// # Errors
/// The tables are not ones of utilities and of similarities of the same parties.
pub fn robust_shapley_weights(utilities: &[Ppm], similarities: &[Vec<Count>]) -> Result<Weights, BadTable> {
    let full = shapley(utilities)?;
    check_similarities(similarities, full.len())?;
    let others = |i: usize| (0..full.len()).filter(move |j| *j != i);
    let similar = |i: usize| others(i).map(|j| similarities[i][j].0).sum();
    let weights: Vec<u64> = full.iter().enumerate().map(|(i, weight)| reduced(*weight, similar(i))).collect();
    let unallocated = full.iter().sum::<u64>() - weights.iter().sum::<u64>();
    Ok(Weights { weights: weights.into_iter().map(Count).collect(), unallocated_weight: Count(unallocated) })
}

/// max(0, Σ over coalitions T without i of |T|!·(M - 1 - |T|)!·(U[T and i] - U[T])), below 2^36.
fn shapley(utilities: &[Ppm]) -> Result<Vec<u64>, BadTable> {
    let parties = utilities.len().trailing_zeros() as usize;
    if !utilities.len().is_power_of_two() || parties > MAX_PARTIES {
        return Err(BadTable::Coalitions);
    }
    if utilities.iter().any(|utility| *utility > WHOLE_PPM) {
        return Err(BadTable::AboveWhole);
    }
    let factorial = |n: usize| (1..=n as i64).product::<i64>();
    let value = |party: usize| -> i64 {
        let without = (0..utilities.len()).filter(|coalition| coalition >> party & 1 == 0);
        let marginal = |coalition: usize| {
            let size = coalition.count_ones() as usize;
            let gain = utilities[coalition | 1 << party].0 as i64 - utilities[coalition].0 as i64;
            factorial(size) * factorial(parties - 1 - size) * gain
        };
        without.map(marginal).sum()
    };
    Ok((0..parties).map(|party| u64::try_from(value(party)).unwrap_or(0)).collect())
}

/// One similarity of at most 1 for each two parties; what a party's own place holds means nothing.
fn check_similarities(similarities: &[Vec<Count>], parties: usize) -> Result<(), BadTable> {
    let square = similarities.len() == parties && similarities.iter().all(|row| row.len() == parties);
    let pair = |i: usize, j: usize| similarities[i][j] == similarities[j][i] && similarities[i][j] <= ALIKE;
    let fits = square && (0..parties).all(|i| (0..i).all(|j| pair(i, j)));
    if fits { Ok(()) } else { Err(BadTable::Similarities) }
}

/// ⌊weight·2^(-similar/256)⌋ with a factor of 32 bits, for a weight below 2^36.
fn reduced(weight: u64, similar: u64) -> u64 {
    // The remainder of 256 is an index; the quotient is at most the number of parties.
    let factor = HALF[(similar % 256) as usize] >> (similar / 256);
    // At most the weight.
    ((u128::from(weight) * u128::from(factor)) >> 32) as u64
}

/// `HALF[f]` = ⌊2^32·2^(-f/256)⌋, the largest t with t^256·2^f ≤ 2^8192.
#[rustfmt::skip]
const HALF: [u64; 256] = [
    4294967296, 4283353945, 4271771996, 4260221364, 4248701964, 4237213713, 4225756524, 4214330316,
    4202935003, 4191570502, 4180236731, 4168933605, 4157661043, 4146418960, 4135207276, 4124025907,
    4112874773, 4101753790, 4090662878, 4079601955, 4068570940, 4057569752, 4046598311, 4035656536,
    4024744347, 4013861664, 4003008408, 3992184497, 3981389854, 3970624399, 3959888054, 3949180739,
    3938502375, 3927852886, 3917232192, 3906640216, 3896076880, 3885542106, 3875035818, 3864557939,
    3854108391, 3843687098, 3833293984, 3822928972, 3812591986, 3802282951, 3792001791, 3781748431,
    3771522796, 3761324810, 3751154398, 3741011487, 3730896002, 3720807868, 3710747013, 3700713361,
    3690706839, 3680727375, 3670774895, 3660849325, 3650950594, 3641078628, 3631233356, 3621414705,
    3611622602, 3601856977, 3592117758, 3582404873, 3572718251, 3563057822, 3553423513, 3543815255,
    3534232977, 3524676610, 3515146082, 3505641324, 3496162266, 3486708840, 3477280975, 3467878602,
    3458501653, 3449150058, 3439823750, 3430522659, 3421246718, 3411995859, 3402770014, 3393569114,
    3384393094, 3375241885, 3366115420, 3357013633, 3347936456, 3338883824, 3329855669, 3320851926,
    3311872529, 3302917411, 3293986508, 3285079753, 3276197082, 3267338428, 3258503729, 3249692917,
    3240905930, 3232142702, 3223403169, 3214687268, 3205994934, 3197326103, 3188680713, 3180058699,
    3171459999, 3162884549, 3154332286, 3145803149, 3137297074, 3128813998, 3120353861, 3111916599,
    3103502151, 3095110455, 3086741450, 3078395074, 3070071267, 3061769966, 3053491112, 3045234643,
    3037000499, 3028788620, 3020598946, 3012431416, 3004285970, 2996162549, 2988061094, 2979981544,
    2971923841, 2963887926, 2955873739, 2947881222, 2939910317, 2931960964, 2924033106, 2916126685,
    2908241642, 2900377919, 2892535460, 2884714207, 2876914101, 2869135087, 2861377106, 2853640103,
    2845924020, 2838228801, 2830554390, 2822900730, 2815267764, 2807655438, 2800063695, 2792492480,
    2784941737, 2777411411, 2769901446, 2762411788, 2754942382, 2747493172, 2740064104, 2732655125,
    2725266179, 2717897212, 2710548170, 2703219000, 2695909647, 2688620059, 2681350181, 2674099960,
    2666869344, 2659658279, 2652466712, 2645294591, 2638141863, 2631008475, 2623894376, 2616799512,
    2609723833, 2602667286, 2595629820, 2588611383, 2581611923, 2574631389, 2567669730, 2560726895,
    2553802833, 2546897493, 2540010825, 2533142779, 2526293303, 2519462347, 2512649862, 2505855798,
    2499080104, 2492322732, 2485583631, 2478862752, 2472160047, 2465475464, 2458808957, 2452160476,
    2445529971, 2438917395, 2432322699, 2425745835, 2419186755, 2412645409, 2406121751, 2399615733,
    2393127307, 2386656425, 2380203040, 2373767104, 2367348571, 2360947393, 2354563524, 2348196916,
    2341847523, 2335515299, 2329200197, 2322902170, 2316621173, 2310357159, 2304110083, 2297879898,
    2291666560, 2285470022, 2279290239, 2273127166, 2266980758, 2260850969, 2254737755, 2248641071,
    2242560871, 2236497112, 2230449750, 2224418739, 2218404035, 2212405595, 2206423374, 2200457329,
    2194507416, 2188573591, 2182655811, 2176754032, 2170868211, 2164998305, 2159144271, 2153306066,
];

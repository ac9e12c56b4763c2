//! From a ceremony at its end to the keys that provers use.

use super::key;
use super::lagrange::{Bases, ForProver};
use super::phase2::Ceremony;
use super::ptau::Ptau;
use super::relation::Columns;
use super::verify::VerifiedKey;
use super::{CeremonyError, Watch};
use crate::proof_system::KeyParts;
use crate::proved::Prover;
use ark_std::rand::{CryptoRng, RngCore};

impl Ceremony {
    /// Verifies the ceremony, shows its keys to `allow`, and then hands the provers to `take`, one by one: they are large.
    ///
    /// # Errors
    /// As [`Self::verify`]; the beacon has not spoken; the callers' own.
    pub fn finish<E: From<CeremonyError>>(
        &self,
        ptau: &Ptau,
        rng: &mut (impl RngCore + CryptoRng),
        watch: Watch<'_>,
        allow: impl FnOnce(&[VerifiedKey]) -> Result<(), E>,
        mut take: impl FnMut(Box<dyn Prover>) -> Result<(), E>,
    ) -> Result<(), E> {
        if !self.transcript.has_ended() {
            return Err(CeremonyError::unfit("the ceremony has not ended: its beacon is missing").into());
        }
        let verified = self.verify(ptau, rng, watch)?;
        allow(&verified.keys)?;
        let powers = &ptau.powers;
        let mut bases = Bases::<ForProver>::new(ptau);
        for (verified, points) in verified.keys.into_iter().zip(&self.keys) {
            let circuit = &verified.circuit;
            let matrices = circuit.matrices()?;
            let lagrange = bases.of(key::domain(&matrices)?, rng)?;
            let columns = Columns::new(&matrices);
            let parts = KeyParts {
                matrices,
                beta_g1: powers.beta_g1[0],
                delta_g1: points.delta_g1,
                instance: points.instance.clone(),
                a: columns.a(&lagrange.g1),
                b_g1: columns.b(&lagrange.g1),
                b_g2: columns.b(&lagrange.g2),
                quotient: points.quotient.clone(),
                private: points.private.clone(),
                bases_sigma: points.bases_sigma.clone(),
            };
            let prover = circuit.rule()?.assemble(&circuit.tier, verified.key, parts, &mut *rng);
            let wrong = |error: crate::proof_system::KeyError| CeremonyError::invalid(error.to_string());
            take(prover.map_err(wrong)?)?;
            watch(1);
        }
        Ok(())
    }
}

//! Proofs that a contributor knows the factor by which a public value was multiplied: Schnorr's, with a hashed
//! challenge.
//!
//! Without them the last contributor could put a value of its own making in place of everybody's product.

use crate::field::Fr;
use ark_ec::CurveGroup;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use zeroize::Zeroizing;

/// A proof under way: its nonce is drawn, its challenge is not known yet.
pub(super) struct Opened<C: SWCurveConfig> {
    nonce: Zeroizing<Fr>,
    /// `nonce·old`.
    pub(super) commitment: Affine<C>,
}

impl<C: SWCurveConfig<ScalarField = Fr>> Opened<C> {
    pub(super) fn new(old: Affine<C>, nonce: Fr) -> Self {
        Self { nonce: Zeroizing::new(nonce), commitment: (old * nonce).into_affine() }
    }

    pub(super) fn answer(&self, challenge: Fr, factor: &Fr) -> Fr {
        *self.nonce + challenge * factor
    }
}

/// Whether `response·old = commitment + challenge·new`: whoever answers two challenges knows `new / old`.
pub(super) fn holds<C: SWCurveConfig<ScalarField = Fr>>(
    old: Affine<C>,
    new: Affine<C>,
    commitment: Affine<C>,
    challenge: Fr,
    response: Fr,
) -> bool {
    old * response == new * challenge + commitment
}

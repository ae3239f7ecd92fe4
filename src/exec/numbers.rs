//! Numbers that checks compute with.

/// Numbers in -1..1 that differ and are not symmetric.
pub(super) fn numbers(count: usize, salt: u32) -> Vec<f32> {
    let hash = |i: usize| (i as u32 ^ salt).wrapping_mul(0x9e37_79b9) >> 8;
    (0..count).map(|i| hash(i) as f32 / 8_388_608.0 - 1.0).collect()
}

/// tmp
pub const DEFAULT_SEED: u64 = 17;

//! Lanes as AVX2 and FMA compute them.

use std::arch::x86_64::{
    __m256, __m256i, _CMP_GT_OQ, _CMP_NEQ_UQ, _CMP_UNORD_Q, _mm_cvtsi64_si128, _mm_cvtsi128_si64,
    _mm_loadu_ps, _mm_packs_epi32, _mm_packus_epi16, _mm256_abs_epi32, _mm256_add_epi32,
    _mm256_add_ps, _mm256_and_ps, _mm256_and_si256, _mm256_blendv_epi8, _mm256_castps_si256,
    _mm256_castsi256_ps, _mm256_castsi256_si128, _mm256_cmp_ps, _mm256_cmpeq_epi32,
    _mm256_cmpgt_epi32, _mm256_cvtepu8_epi32, _mm256_extracti128_si256, _mm256_fmadd_ps,
    _mm256_load_si256, _mm256_max_ps, _mm256_movemask_ps, _mm256_or_ps, _mm256_permute2f128_ps,
    _mm256_permutevar_ps, _mm256_permutevar8x32_ps, _mm256_set_m128, _mm256_set1_epi32,
    _mm256_set1_ps, _mm256_shuffle_ps, _mm256_storeu_si256, _mm256_sub_ps, _mm256_unpackhi_epi32,
    _mm256_unpackhi_ps, _mm256_unpacklo_epi32, _mm256_unpacklo_ps,
};

use super::lanes::{Entry, Isa, Kernel, LANES, Lanes, Registers, Several, Winners};

/// AVX2 with FMA.
pub(super) struct Avx2;

/// Returns whether the processor has both.
pub(super) fn is_there() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

/// Processors that have AVX2 and FMA, and maybe more.
pub(super) trait WithAvx2: Registers {}

impl WithAvx2 for Avx2 {}

impl Registers for Avx2 {
    type Line = Several<Self, 2>;
    type Register = Several<Self, 1>;
    const ROWS: usize = 6;
    const PANELS: usize = 1;
    const ROWS_UNIT: usize = 6;

    #[inline(always)]
    fn call<K: Kernel>(kernel: K) {
        #[target_feature(enable = "avx2,fma")]
        #[inline(never)]
        fn with_features<K: Kernel>(kernel: K) {
            kernel.run::<Avx2>();
        }
        // SAFETY: only code that was chosen because the processor has both is of this type.
        unsafe { with_features(kernel) }
    }
}

impl<X: WithAvx2> Isa for X {
    #[inline(always)]
    fn mul_add(a: f32, b: f32, c: f32) -> f32 {
        a.mul_add(b, c)
    }

    #[inline(always)]
    fn add(a: Lanes, b: Lanes) -> Lanes {
        // SAFETY: as in `call`, for all of these.
        unsafe { _mm256_add_ps(a.into(), b.into()) }.into()
    }

    #[inline(always)]
    fn sub(a: Lanes, b: Lanes) -> Lanes {
        // SAFETY: see above.
        unsafe { _mm256_sub_ps(a.into(), b.into()) }.into()
    }

    #[inline(always)]
    fn scaled(a: Lanes, factor: f32, b: Lanes) -> Lanes {
        // SAFETY: see above.
        unsafe { _mm256_fmadd_ps(a.into(), _mm256_set1_ps(factor), b.into()) }.into()
    }

    #[inline(always)]
    fn fused(a: Lanes, b: Lanes, c: Lanes) -> Lanes {
        // SAFETY: see above.
        unsafe { _mm256_fmadd_ps(a.into(), b.into(), c.into()) }.into()
    }

    #[inline(always)]
    fn relu(x: Lanes) -> Lanes {
        // SAFETY: see above. Of a NaN the second is taken.
        unsafe { _mm256_max_ps(_mm256_set1_ps(0.0), x.into()) }.into()
    }

    #[inline(always)]
    fn where_positive(x: Lanes, y: Lanes) -> Lanes {
        // SAFETY: see above.
        unsafe {
            let above = _mm256_cmp_ps::<_CMP_GT_OQ>(y.into(), _mm256_set1_ps(0.0));
            _mm256_and_ps(above, x.into())
        }
        .into()
    }

    #[inline(always)]
    fn largest([a, b, c, d]: [Lanes; 4]) -> Lanes {
        // SAFETY: see above. Of a NaN and another `max` takes the second; all bits are a NaN.
        unsafe {
            let [a, b, c, d]: [__m256; 4] = [a.into(), b.into(), c.into(), d.into()];
            let nan = _mm256_or_ps(
                _mm256_cmp_ps::<_CMP_UNORD_Q>(a, b),
                _mm256_cmp_ps::<_CMP_UNORD_Q>(c, d),
            );
            _mm256_or_ps(nan, _mm256_max_ps(_mm256_max_ps(a, b), _mm256_max_ps(c, d)))
        }
        .into()
    }

    #[inline(always)]
    fn winners([a, b, c, _]: [Lanes; 4], largest: Lanes) -> Winners {
        // SAFETY: see above.
        unsafe {
            let largest: __m256 = largest.into();
            // Bits that are set where none of the first so many is the largest: -1 each.
            let not_a = _mm256_cmp_ps::<_CMP_NEQ_UQ>(a.into(), largest);
            let nor_b = _mm256_and_ps(not_a, _mm256_cmp_ps::<_CMP_NEQ_UQ>(b.into(), largest));
            let nor_c = _mm256_and_ps(nor_b, _mm256_cmp_ps::<_CMP_NEQ_UQ>(c.into(), largest));
            let nor_b_nor_c =
                _mm256_add_epi32(_mm256_castps_si256(nor_b), _mm256_castps_si256(nor_c));
            let winners =
                _mm256_abs_epi32(_mm256_add_epi32(_mm256_castps_si256(not_a), nor_b_nor_c));
            let above = _mm256_cmp_ps::<_CMP_GT_OQ>(largest, _mm256_set1_ps(0.0));
            let above = _mm256_castps_si256(above);
            let winners = _mm256_blendv_epi8(_mm256_set1_epi32(4), winners, above);
            let low = _mm256_castsi256_si128(winners);
            let halves = _mm_packs_epi32(low, _mm256_extracti128_si256::<1>(winners));
            _mm_cvtsi128_si64(_mm_packus_epi16(halves, halves)).to_le_bytes()
        }
    }

    #[inline(always)]
    fn given(winners: Winners, x: Lanes) -> [Lanes; 4] {
        // SAFETY: see above.
        unsafe {
            let x = _mm256_castps_si256(x.into());
            let bytes = _mm_cvtsi64_si128(i64::from_le_bytes(winners));
            let winners = _mm256_cvtepu8_epi32(bytes);
            let mut given = [Lanes::ZERO; 4];
            for (place, given) in given.iter_mut().enumerate() {
                let wins = _mm256_cmpeq_epi32(winners, _mm256_set1_epi32(place as i32));
                *given = _mm256_castsi256_ps(_mm256_and_si256(wins, x)).into();
            }
            given
        }
    }

    #[inline(always)]
    fn of_winners(winners: Winners, x: Lanes) -> Lanes {
        // SAFETY: see above.
        unsafe {
            let winners = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(i64::from_le_bytes(winners)));
            let wins = _mm256_cmpgt_epi32(_mm256_set1_epi32(4), winners);
            _mm256_and_ps(_mm256_castsi256_ps(wins), x.into())
        }
        .into()
    }

    #[inline(always)]
    unsafe fn picked(winners: Winners, four: *const [f32; 4]) -> Lanes {
        // SAFETY: see above, and the caller's. Of a place two bits are looked at.
        unsafe {
            let winners = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(i64::from_le_bytes(winners)));
            let four = _mm_loadu_ps(four.cast());
            _mm256_permutevar_ps(_mm256_set_m128(four, four), winners)
        }
        .into()
    }

    #[inline(always)]
    unsafe fn compress(x: Lanes, first: u32, to: *mut Entry) -> usize {
        // SAFETY: see above, and the caller's.
        unsafe {
            let x: __m256 = x.into();
            // NaN is not 0.
            let mask = _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_NEQ_UQ>(x, _mm256_set1_ps(0.0)));
            let order: __m256i = _mm256_load_si256((&raw const ORDERS[mask as usize]).cast());
            let values = _mm256_castps_si256(_mm256_permutevar8x32_ps(x, order));
            let places = _mm256_add_epi32(order, _mm256_set1_epi32(first as i32));
            _mm256_storeu_si256(to.cast(), _mm256_unpacklo_epi32(places, values));
            _mm256_storeu_si256(to.add(4).cast(), _mm256_unpackhi_epi32(places, values));
            mask.count_ones() as usize
        }
    }

    #[inline(always)]
    fn transposed(rows: [Lanes; LANES]) -> [Lanes; LANES] {
        // A loop, for functions that are passed lose the instruction set.
        let mut r = [__m256::from(Lanes::ZERO); LANES];
        for (r, row) in r.iter_mut().zip(rows) {
            *r = row.into();
        }
        // Pairs of rows, then pairs of pairs, within halves of lanes; then halves change places.
        // SAFETY: see above.
        unsafe {
            let (a0, a1) = (_mm256_unpacklo_ps(r[0], r[1]), _mm256_unpackhi_ps(r[0], r[1]));
            let (a2, a3) = (_mm256_unpacklo_ps(r[2], r[3]), _mm256_unpackhi_ps(r[2], r[3]));
            let (a4, a5) = (_mm256_unpacklo_ps(r[4], r[5]), _mm256_unpackhi_ps(r[4], r[5]));
            let (a6, a7) = (_mm256_unpacklo_ps(r[6], r[7]), _mm256_unpackhi_ps(r[6], r[7]));
            let (b0, b1) = (_mm256_shuffle_ps(a0, a2, 0x44), _mm256_shuffle_ps(a0, a2, 0xee));
            let (b2, b3) = (_mm256_shuffle_ps(a1, a3, 0x44), _mm256_shuffle_ps(a1, a3, 0xee));
            let (b4, b5) = (_mm256_shuffle_ps(a4, a6, 0x44), _mm256_shuffle_ps(a4, a6, 0xee));
            let (b6, b7) = (_mm256_shuffle_ps(a5, a7, 0x44), _mm256_shuffle_ps(a5, a7, 0xee));
            [
                _mm256_permute2f128_ps(b0, b4, 0x20).into(),
                _mm256_permute2f128_ps(b1, b5, 0x20).into(),
                _mm256_permute2f128_ps(b2, b6, 0x20).into(),
                _mm256_permute2f128_ps(b3, b7, 0x20).into(),
                _mm256_permute2f128_ps(b0, b4, 0x31).into(),
                _mm256_permute2f128_ps(b1, b5, 0x31).into(),
                _mm256_permute2f128_ps(b2, b6, 0x31).into(),
                _mm256_permute2f128_ps(b3, b7, 0x31).into(),
            ]
        }
    }
}

/// Where the first to the eighth of what is not 0 are to be, so that halves of pairs come out in order:
/// pairs are made within halves of lanes.
const PAIRED: [usize; LANES] = [0, 1, 4, 5, 2, 3, 6, 7];

/// For each set of lanes their places, in the order of [`PAIRED`], the others behind.
static ORDERS: [Order; 256] = {
    let mut orders = [Order([0; LANES]); 256];
    let mut mask = 0;
    while mask < 256 {
        let (mut lane, mut count) = (0, 0);
        while lane < LANES {
            if mask >> lane & 1 == 1 {
                orders[mask].0[PAIRED[count]] = lane as u32;
                count += 1;
            }
            lane += 1;
        }
        mask += 1;
    }
    orders
};

#[derive(Clone, Copy)]
#[repr(C, align(32))]
struct Order([u32; LANES]);

impl From<Lanes> for __m256 {
    #[inline(always)]
    fn from(lanes: Lanes) -> Self {
        // SAFETY: both are eight floats.
        unsafe { std::mem::transmute(lanes.0) }
    }
}

impl From<__m256> for Lanes {
    #[inline(always)]
    fn from(lanes: __m256) -> Self {
        // SAFETY: both are eight floats.
        Lanes(unsafe { std::mem::transmute::<__m256, [f32; LANES]>(lanes) })
    }
}

#[cfg(test)]
mod tests {
    use super::super::lanes::Portable;
    use super::*;

    /// What lanes are asked about windows of four.
    struct Ask<'a> {
        window: [Lanes; 4],
        answer: &'a mut Option<Answer>,
    }

    /// The largest, the winners, what they are given of another value, and what they pick.
    type Answer = (Lanes, Winners, [Lanes; 4], Lanes, Lanes);

    impl Kernel for Ask<'_> {
        fn run<I: Isa>(self) {
            let largest = I::largest(self.window);
            let winners = I::winners(self.window, largest);
            let x = Lanes([1.0, -2.0, 3.0, f32::INFINITY, 5.0, -6.0, 7.0, 8.0]);
            // SAFETY: there are four.
            let picked = unsafe { I::picked(winners, &[10.0, 11.0, 12.0, 13.0]) };
            let won = I::of_winners(winners, x);
            *self.answer = Some((
                largest,
                winners,
                I::given(winners, x),
                I::fused(won, picked, Lanes::ZERO),
                won,
            ));
        }
    }

    /// Bits; all that is no number is one.
    fn bits(lanes: Lanes) -> [u32; LANES] {
        lanes.0.map(|x| if x.is_nan() { f32::NAN.to_bits() } else { x.to_bits() })
    }

    #[test]
    fn windows_are_pooled_as_portable_lanes_do() {
        if !is_there() {
            return;
        }
        let values = [0.0, -0.0, 1.0, 1.0, 2.5, -3.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN];
        let count = values.len();
        let mut seen = [0; 5];
        for first in 0..count.pow(4) / LANES {
            let mut window = [Lanes::ZERO; 4];
            for lane in 0..LANES {
                let mut choice = first * LANES + lane;
                for lanes in &mut window {
                    lanes.0[lane] = values[choice % count];
                    choice /= count;
                }
            }
            let (mut fast, mut portable) = (None, None);
            Avx2::call(Ask { window, answer: &mut fast });
            Portable::call(Ask { window, answer: &mut portable });
            let (fast, portable) = (fast.unwrap(), portable.unwrap());
            // Of 0 and -0 either may be the largest.
            let zero = |x: Lanes| Lanes(x.0.map(|x| if x == 0.0 { 0.0 } else { x }));
            assert_eq!(bits(zero(fast.0)), bits(zero(portable.0)), "{:?}", window.map(|x| x.0));
            assert_eq!(fast.1, portable.1, "{:?}", window.map(|x| x.0));
            assert_eq!(fast.2.map(bits), portable.2.map(bits));
            assert_eq!(bits(fast.3), bits(portable.3));
            assert_eq!(bits(fast.4), bits(portable.4));
            fast.1.iter().for_each(|&winner| seen[usize::from(winner)] += 1);
        }
        assert!(seen.iter().all(|&times| times > 0), "{seen:?}");
    }
}

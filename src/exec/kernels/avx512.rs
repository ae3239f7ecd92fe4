//! Products with registers of sixteen floats; all else as AVX2 computes it.
//!
//! Every element is the sum of the same products in the same order, so bits are those of AVX2.

use std::arch::x86_64::{
    __m512, __m512i, _CMP_GT_OQ, _CMP_NEQ_UQ, _mm512_add_epi32, _mm512_castps_si512,
    _mm512_cmp_ps_mask, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_maskz_compress_epi32,
    _mm512_maskz_compress_ps, _mm512_maskz_mov_ps, _mm512_max_ps, _mm512_permutex2var_epi32,
    _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_ps, _mm512_storeu_ps, _mm512_storeu_si512,
};

use super::avx2::WithAvx2;
use super::lanes::{Entry, Floats, Kernel, Registers};

/// AVX-512, as far as products take it, with AVX2 and FMA.
pub(super) struct Avx512;

/// Returns whether the processor has what [`Avx512`] is compiled for.
pub(super) fn is_there() -> bool {
    is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl")
}

impl WithAvx2 for Avx512 {}

impl Registers for Avx512 {
    type Line = Register;
    type Register = Register;
    const ROWS: usize = 12;
    const PANELS: usize = 2;
    const ROWS_UNIT: usize = 4;

    #[inline(always)]
    fn call<K: Kernel>(kernel: K) {
        #[target_feature(enable = "avx512f,avx512vl,avx2,fma")]
        #[inline(never)]
        fn with_features<K: Kernel>(kernel: K) {
            kernel.run::<Avx512>();
        }
        // SAFETY: only code that was chosen because the processor has all is of this type.
        unsafe { with_features(kernel) }
    }
}

/// A line as one register.
#[derive(Clone, Copy)]
pub(super) struct Register(__m512);

impl Floats for Register {
    const COUNT: usize = 16;

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller's; as in `call`, for all of these.
        Register(unsafe { _mm512_loadu_ps(from) })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: see above, and the caller's.
        unsafe { _mm512_storeu_ps(to, self.0) }
    }

    #[inline(always)]
    fn scaled(self, factor: f32, sum: Self) -> Self {
        // SAFETY: see above.
        Register(unsafe { _mm512_fmadd_ps(self.0, _mm512_set1_ps(factor), sum.0) })
    }

    #[inline(always)]
    fn relu(self) -> Self {
        // SAFETY: see above. Of a NaN the second is taken.
        Register(unsafe { _mm512_max_ps(_mm512_setzero_ps(), self.0) })
    }

    #[inline(always)]
    fn where_positive(self, y: Self) -> Self {
        // SAFETY: see above.
        Register(unsafe {
            let above = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(y.0, _mm512_setzero_ps());
            _mm512_maskz_mov_ps(above, self.0)
        })
    }

    #[inline(always)]
    unsafe fn compress(self, first: u32, to: *mut Entry) -> usize {
        // SAFETY: see above, and the caller's.
        unsafe {
            // NaN is not 0.
            let mask = _mm512_cmp_ps_mask::<_CMP_NEQ_UQ>(self.0, _mm512_setzero_ps());
            let places = _mm512_add_epi32(COUNTED, _mm512_set1_epi32(first as i32));
            let places = _mm512_maskz_compress_epi32(mask, places);
            let values = _mm512_castps_si512(_mm512_maskz_compress_ps(mask, self.0));
            let [low, high] = PAIRS;
            let low = _mm512_permutex2var_epi32(places, low, values);
            _mm512_storeu_si512(to.cast(), low);
            let high = _mm512_permutex2var_epi32(places, high, values);
            _mm512_storeu_si512(to.add(8).cast(), high);
            mask.count_ones() as usize
        }
    }
}

/// Numbers from 0 on.
const COUNTED: __m512i = integers([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);

/// Of each of two registers one in turn, from 16 on the second's: the first eight, and the others.
const PAIRS: [__m512i; 2] = [
    integers([0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23]),
    integers([8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31]),
];

const fn integers(of: [i32; 16]) -> __m512i {
    // SAFETY: both are sixteen integers.
    unsafe { std::mem::transmute(of) }
}

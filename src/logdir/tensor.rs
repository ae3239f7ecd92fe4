//! Tensors as event files hold them.

use crate::proto::{DataType, TensorProto};

/// A tensor: its elements in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// The size of each axis; none for a single element.
    pub shape: Vec<usize>,
    /// The elements, as many as the product of the sizes.
    pub data: TensorData,
}

/// The elements of a [`Tensor`]; types without a variant of their own are in the next wider one.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum TensorData {
    /// `DT_FLOAT`, `DT_HALF`, `DT_BFLOAT16`.
    F32(Vec<f32>),
    /// `DT_DOUBLE`.
    F64(Vec<f64>),
    /// `DT_INT8`, `DT_INT16`, `DT_INT32`.
    I32(Vec<i32>),
    /// `DT_INT64`.
    I64(Vec<i64>),
    /// `DT_UINT8`.
    U8(Vec<u8>),
    /// `DT_UINT16`, `DT_UINT32`, `DT_UINT64`.
    U64(Vec<u64>),
    /// `DT_BOOL`.
    Bool(Vec<bool>),
    /// `DT_STRING`: any bytes.
    Strings(Vec<Vec<u8>>),
}

/// The most elements that a single value in a file is repeated to.
///
/// A tensor of equal elements may be written as one; without a limit, a file of some bytes could
/// ask for any amount of memory.
const MAX_FILLED: usize = 1 << 20;

impl Tensor {
    /// Decodes a tensor: elements as raw bytes, as typed values, or as one that all are equal to.
    pub(super) fn of(proto: TensorProto) -> Result<Self, String> {
        let shape = shape(&proto)?;
        let len = shape.iter().try_fold(1_usize, |len, &size| len.checked_mul(size));
        let len = len.ok_or_else(|| format!("shape {shape:?} is too large"))?;
        let data = elements(proto, len)?;
        Ok(Tensor { shape, data })
    }

    /// Returns the elements as f64; `None` if they are strings.
    pub fn to_f64(&self) -> Option<Vec<f64>> {
        Some(match &self.data {
            TensorData::F32(data) => data.iter().map(|&x| f64::from(x)).collect(),
            TensorData::F64(data) => data.clone(),
            TensorData::I32(data) => data.iter().map(|&x| f64::from(x)).collect(),
            TensorData::I64(data) => data.iter().map(|&x| x as f64).collect(),
            TensorData::U8(data) => data.iter().map(|&x| f64::from(x)).collect(),
            TensorData::U64(data) => data.iter().map(|&x| x as f64).collect(),
            TensorData::Bool(data) => data.iter().map(|&x| f64::from(u8::from(x))).collect(),
            TensorData::Strings(_) => return None,
        })
    }
}

fn shape(proto: &TensorProto) -> Result<Vec<usize>, String> {
    let Some(shape) = &proto.tensor_shape else { return Ok(Vec::new()) };
    if shape.unknown_rank {
        return Err("the shape's rank is unknown".to_owned());
    }
    let size = |size: i64| usize::try_from(size).map_err(|_| format!("size {size} in the shape"));
    shape.dim.iter().map(|dim| size(dim.size)).collect()
}

fn elements(proto: TensorProto, len: usize) -> Result<TensorData, String> {
    use DataType as T;
    use TensorData as D;
    let raw = &proto.tensor_content;
    let dtype = T::try_from(proto.dtype).map_err(|_| format!("element type {}", proto.dtype))?;
    Ok(match dtype {
        T::DtFloat => D::F32(numbers(raw, proto.float_val, len, f32::from_le_bytes)?),
        T::DtDouble => D::F64(numbers(raw, proto.double_val, len, f64::from_le_bytes)?),
        T::DtInt32 => D::I32(numbers(raw, proto.int_val, len, i32::from_le_bytes)?),
        T::DtInt64 => D::I64(numbers(raw, proto.int64_val, len, i64::from_le_bytes)?),
        T::DtInt16 => D::I32(numbers(raw, proto.int_val, len, |b| i16::from_le_bytes(b).into())?),
        T::DtInt8 => D::I32(numbers(raw, proto.int_val, len, |b| i8::from_le_bytes(b).into())?),
        T::DtUint8 => {
            let values = proto.int_val.into_iter().map(|x| x as u8).collect();
            D::U8(numbers(raw, values, len, |[b]: [u8; 1]| b)?)
        }
        T::DtUint16 => {
            let values = proto.int_val.into_iter().map(|x| u64::from(x as u16)).collect();
            D::U64(numbers(raw, values, len, |b| u16::from_le_bytes(b).into())?)
        }
        T::DtUint32 => {
            let values = proto.uint32_val.into_iter().map(u64::from).collect();
            D::U64(numbers(raw, values, len, |b| u32::from_le_bytes(b).into())?)
        }
        T::DtUint64 => D::U64(numbers(raw, proto.uint64_val, len, u64::from_le_bytes)?),
        T::DtBool => D::Bool(numbers(raw, proto.bool_val, len, |[b]: [u8; 1]| b != 0)?),
        T::DtHalf => {
            let values = proto.half_val.into_iter().map(|x| half(x as u16)).collect();
            D::F32(numbers(raw, values, len, |b| half(u16::from_le_bytes(b)))?)
        }
        T::DtBfloat16 => {
            let values = proto.half_val.into_iter().map(|x| bfloat16(x as u16)).collect();
            D::F32(numbers(raw, values, len, |b| bfloat16(u16::from_le_bytes(b)))?)
        }
        T::DtString => {
            // Strings are not repeated: each could be long.
            let strings = proto.string_val;
            if strings.len() != len {
                return Err(format!("got {} strings for {len} elements", strings.len()));
            }
            D::Strings(strings)
        }
        _ => return Err(format!("element type {}", dtype.as_str_name())),
    })
}

/// The elements in raw bytes if there are any, else the values.
fn numbers<T: Clone + Default, const N: usize>(
    raw: &[u8],
    values: Vec<T>,
    len: usize,
    of: impl Fn([u8; N]) -> T,
) -> Result<Vec<T>, String> {
    if raw.is_empty() {
        return filled(values, len);
    }
    let (elements, rest) = raw.as_chunks();
    if elements.len() != len || !rest.is_empty() {
        return Err(format!("got {} bytes for {len} elements of {N} bytes", raw.len()));
    }
    Ok(elements.iter().map(|&bytes| of(bytes)).collect())
}

/// The values, the last one repeated if there are fewer than elements; none at all are zeros.
fn filled<T: Clone + Default>(mut values: Vec<T>, len: usize) -> Result<Vec<T>, String> {
    if values.len() > len || (values.len() < len && len > MAX_FILLED) {
        return Err(format!("got {} values for {len} elements", values.len()));
    }
    let last = values.last().cloned().unwrap_or_default();
    values.resize(len, last);
    Ok(values)
}

fn bfloat16(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

/// The number an IEEE 754 half has: sign, 5 bits of exponent with bias 15, 10 of fraction.
fn half(bits: u16) -> f32 {
    let fraction = f32::from(bits & 0x3ff);
    let magnitude = match bits >> 10 & 0x1f {
        0 => fraction * 2_f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        exponent => (1.0 + fraction / 1024.0) * 2_f32.powi(i32::from(exponent) - 15),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::TensorShapeProto;
    use crate::proto::tensor_shape_proto::Dim;

    fn proto(dtype: DataType, shape: &[i64]) -> TensorProto {
        let dim = shape.iter().map(|&size| Dim { size, ..Default::default() }).collect();
        let tensor_shape = Some(TensorShapeProto { dim, ..Default::default() });
        TensorProto { dtype: dtype.into(), tensor_shape, ..Default::default() }
    }

    #[test]
    fn raw_bytes_and_typed_values_are_the_same_elements() {
        let tensor_content = vec![0, 0, 0x80, 0x3f, 0, 0, 0, 0xbf]; // 1.0, -0.5
        let raw = TensorProto { tensor_content, ..proto(DataType::DtFloat, &[2]) };
        let typed = TensorProto { float_val: vec![1.0, -0.5], ..proto(DataType::DtFloat, &[2]) };
        let want = Tensor { shape: vec![2], data: TensorData::F32(vec![1.0, -0.5]) };
        assert_eq!((Tensor::of(raw), Tensor::of(typed)), (Ok(want.clone()), Ok(want)));
    }

    #[test]
    fn one_value_fills_the_shape_unless_that_is_a_bomb() {
        let int_val = vec![7];
        let small = TensorProto { int_val: int_val.clone(), ..proto(DataType::DtInt32, &[2, 2]) };
        assert_eq!(Tensor::of(small).unwrap().data, TensorData::I32(vec![7; 4]));
        let bomb = TensorProto { int_val, ..proto(DataType::DtInt32, &[1 << 40]) };
        assert_eq!(Tensor::of(bomb).unwrap_err(), "got 1 values for 1099511627776 elements");
        let overflow = proto(DataType::DtInt32, &[1 << 40, 1 << 40]);
        assert!(Tensor::of(overflow).unwrap_err().ends_with("is too large"));
    }

    #[test]
    fn halves_are_widened_exactly() {
        // numpy: float16 bits 3c00, c000, 7bff, 0001, 7c00, 3555.
        let of = [0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00, 0x3555].map(half);
        let want = [1.0, -2.0, 65504.0, 5.960_464_5e-8, f32::INFINITY, 0.333_251_95];
        assert_eq!(of, want);
        assert!(half(0x7e00).is_nan());
        assert_eq!(bfloat16(0x3fc0), 1.5);
    }
}

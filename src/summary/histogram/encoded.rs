//! A histogram as the bytes of a `Summary.value` field, without building the messages first.

use crate::summary::encode::{varint, varint_len};

/// plugin_data { plugin_name: "histograms" } data_class: DATA_CLASS_TENSOR.
const METADATA: &[u8] = b"\x4a\x10\x0a\x0c\x0a\x0ahistograms\x20\x02";

/// The second of a tensor's dimensions: left, right, count.
const THREE: &[u8] = b"\x12\x02\x08\x03";

/// Appends the field of a histogram: tag, tensor of DT_DOUBLE `[ranges, 3]`, metadata.
pub(in crate::summary) fn append_value(to: &mut Vec<u8>, tag: &str, ranges: &[[f64; 3]]) {
    let content = size_of_val(ranges);
    // A size of zero and an empty content are left out, as the defaults.
    let size_len = if ranges.is_empty() { 0 } else { 1 + varint_len(ranges.len() as u64) };
    let shape_len = 2 + size_len + THREE.len();
    let content_len = if content == 0 { 0 } else { 1 + varint_len(content as u64) + content };
    let tensor_len = 2 + 2 + shape_len + content_len;
    let tag_len = 1 + varint_len(tag.len() as u64) + tag.len();
    let value_len = tag_len + 1 + varint_len(tensor_len as u64) + tensor_len + METADATA.len();

    to.reserve(1 + varint_len(value_len as u64) + value_len);
    to.push(0x0a);
    varint(to, value_len as u64);
    to.push(0x0a);
    varint(to, tag.len() as u64);
    to.extend_from_slice(tag.as_bytes());
    to.push(0x42);
    varint(to, tensor_len as u64);
    to.extend_from_slice(&[0x08, 0x02, 0x12, shape_len as u8, 0x12, size_len as u8]);
    if !ranges.is_empty() {
        to.push(0x08);
        varint(to, ranges.len() as u64);
    }
    to.extend_from_slice(THREE);
    if content > 0 {
        to.push(0x22);
        varint(to, content as u64);
        let start = to.len();
        to.resize(start + content, 0);
        let places = to[start..].chunks_exact_mut(size_of::<f64>());
        for (place, number) in places.zip(ranges.as_flattened()) {
            place.copy_from_slice(&number.to_le_bytes());
        }
    }
    to.extend_from_slice(METADATA);
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;
    use crate::proto::summary::value::Value;
    use crate::proto::{DataClass, DataType, Summary};

    #[test]
    fn the_bytes_are_those_of_the_messages() {
        for count in [0, 1, 30, 200] {
            let ranges: Vec<[f64; 3]> =
                (0..count).map(|i| [f64::from(i), f64::from(i) + 1.0, 2.5]).collect();
            let mut bytes = Vec::new();
            append_value(&mut bytes, "층/weight", &ranges);
            let summary = Summary::decode(&bytes[..]).unwrap();
            let value = &summary.value[0];
            assert_eq!(value.tag, "층/weight");
            let metadata = value.metadata.as_ref().unwrap();
            assert_eq!(metadata.data_class(), DataClass::Tensor);
            assert_eq!(metadata.plugin_data.as_ref().unwrap().plugin_name, "histograms");
            let Some(Value::Tensor(tensor)) = &value.value else { panic!("a tensor") };
            assert_eq!(tensor.dtype(), DataType::DtDouble);
            let shape = tensor.tensor_shape.as_ref().unwrap();
            let sizes: Vec<i64> = shape.dim.iter().map(|dim| dim.size).collect();
            assert_eq!(sizes, [i64::from(count), 3]);
            let numbers = ranges.as_flattened().iter().flat_map(|number| number.to_le_bytes());
            assert_eq!(tensor.tensor_content, numbers.collect::<Vec<u8>>());
            assert_eq!(summary.encoded_len(), bytes.len(), "nothing is encoded longer than needed");
        }
    }
}

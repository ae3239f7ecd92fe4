//! Values of every plugin with any metadata and any tensor.

use proptest::prelude::*;
use prost::Message;
use runboard::proto::summary::{Value, value};
use runboard::proto::summary_metadata::PluginData;
use runboard::proto::{self, Event, Summary, SummaryMetadata, TensorProto};
use runboard::record::append_record;

use crate::{fuzz, poll};

/// Tensors of any type and shape whose elements fit, or do not.
fn any_tensor() -> impl Strategy<Value = TensorProto> {
    let size = prop_oneof![0..7_i64, Just(1 << 20), Just(1 << 40), Just(-1), any::<i64>()];
    let dtype = prop_oneof![0..26_i32, Just(7), Just(1)];
    let strings = prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 0..9);
    let content = prop::collection::vec(any::<u8>(), 0..80);
    let numbers = prop::collection::vec(any::<i32>(), 0..20);
    (prop::collection::vec(size, 0..4), dtype, strings, content, numbers, 0..3_u8).prop_map(
        |(shape, dtype, string_val, content, numbers, form)| {
            let dim = |size| proto::tensor_shape_proto::Dim { size, ..Default::default() };
            let dim = shape.into_iter().map(dim).collect();
            let tensor_shape = Some(proto::TensorShapeProto { dim, ..Default::default() });
            let raw = if form == 0 { content } else { Vec::new() };
            TensorProto {
                dtype,
                tensor_shape,
                tensor_content: raw,
                float_val: numbers.iter().map(|&x| x as f32).collect(),
                double_val: numbers.iter().map(|&x| f64::from(x)).collect(),
                int64_val: numbers.iter().map(|&x| x.into()).collect(),
                uint32_val: numbers.iter().map(|&x| x as u32).collect(),
                half_val: numbers.clone(),
                int_val: numbers,
                string_val,
                ..Default::default()
            }
        },
    )
}

/// Makes a log directory of values that a plugin is to show, of any metadata and tensor.
fn plugin(name: &'static str) {
    let content = prop::collection::vec(any::<u8>(), 0..30);
    let content =
        prop_oneof![content, Just(Vec::new()), Just(vec![0x10, 0x0b]), Just(vec![0x18, 1])];
    let value = (content, prop::option::of(any_tensor()), any::<f32>(), any::<bool>());
    fuzz(prop::collection::vec(value, 1..4), |values| {
        let mut file = Vec::new();
        for (step, (content, tensor, number, simple)) in values.into_iter().enumerate() {
            let plugin_data = PluginData { plugin_name: name.to_owned(), content };
            let metadata = SummaryMetadata { plugin_data: Some(plugin_data), ..Default::default() };
            let content = if simple && tensor.is_none() {
                Some(value::Value::SimpleValue(number))
            } else {
                tensor.map(value::Value::Tensor)
            };
            let value = Value { tag: "tag".to_owned(), metadata: Some(metadata), value: content };
            let what = proto::event::What::Summary(Summary { value: vec![value] });
            let event = Event { step: step as i64, what: Some(what), ..Default::default() };
            append_record(&mut file, &event.encode_to_vec());
        }
        poll(&[file])
    });
}

#[test]
fn scalars_of_any_content() {
    plugin("scalars");
}

#[test]
fn histograms_of_any_content() {
    plugin("histograms");
}

#[test]
fn images_of_any_content() {
    plugin("images");
}

#[test]
fn audio_of_any_content() {
    plugin("audio");
}

#[test]
fn text_of_any_content() {
    plugin("text");
}

#[test]
fn pr_curves_of_any_content() {
    plugin("pr_curves");
}

#[test]
fn layouts_of_any_content() {
    plugin("custom_scalars");
}

#[test]
fn hparams_of_any_content() {
    plugin("hparams");
}

#[test]
fn meshes_of_any_content() {
    plugin("mesh");
}

#[test]
fn traced_runs_of_any_content() {
    plugin("graph_run_metadata");
}

#[test]
fn tensors_of_any_content() {
    plugin("another");
}

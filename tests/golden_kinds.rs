//! Every kind of summary against what TensorBoard's, TensorFlow's and torch's writers make of the
//! same values; tests/golden/kinds/make.py made the files.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use prost::Message;
use runboard::event::{Clock, EventReader};
use runboard::proto::event::What;
use runboard::proto::summary::value;
use runboard::proto::{DataClass, DataType, HParamsPluginData, Summary, TensorProto, summary};
use runboard::summary::{
    Audio, Chart, Embedding, GraphNode, HParam, HParamsSession, Image, Images, Mesh, NodeStats,
    Pixels, PrCurve, SessionEnd, SummaryWriter, Tensor, TensorData, Video, WriteError,
};
use runboard::types::WallTime;

type Value = summary::Value;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/kinds").join(name)
}

/// Logs and returns what is in the file, without its first two records.
fn logged(log: impl FnOnce(&SummaryWriter)) -> Vec<What> {
    let dir = tempfile::tempdir().unwrap();
    let clock = Clock::Fixed(WallTime::new(1_700_000_000.25).unwrap());
    let writer = SummaryWriter::builder(dir.path()).clock(clock).create().unwrap();
    log(&writer);
    let path = writer.path().to_owned();
    writer.close().unwrap();
    let mut reader = EventReader::new(fs::File::open(path).unwrap());
    let events = std::iter::from_fn(|| reader.next_event().unwrap()).filter_map(|event| event.what);
    events.filter(|what| !matches!(what, What::FileVersion(_) | What::SessionLog(_))).collect()
}

fn values(whats: Vec<What>) -> Vec<Value> {
    let values = whats.into_iter().flat_map(|what| match what {
        What::Summary(summary) => summary.value,
        _ => Vec::new(),
    });
    values.collect()
}

fn golden_values(name: &str) -> Vec<Value> {
    Summary::decode(&*fs::read(golden(name)).unwrap()).unwrap().value
}

fn tensor(value: &Value) -> &TensorProto {
    let Some(value::Value::Tensor(tensor)) = &value.value else { panic!("no tensor: {value:?}") };
    tensor
}

/// The elements, which may be written in two ways, as bytes.
fn elements(tensor: &TensorProto) -> Vec<u8> {
    if tensor.float_val.is_empty() {
        return tensor.tensor_content.clone();
    }
    tensor.float_val.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// Asserts that a reader sees the same of all values: tag, plugin and its content, type, shape and
/// elements of the tensor. The data class is always given by us, and by others not by all.
fn assert_same(ours: &[Value], golden: &[Value]) {
    assert_eq!(ours.len(), golden.len());
    for (ours, golden) in ours.iter().zip(golden) {
        let (our_data, golden_data) =
            (ours.metadata.clone().unwrap(), golden.metadata.clone().unwrap());
        assert_eq!(ours.tag, golden.tag);
        assert_eq!(our_data.plugin_data, golden_data.plugin_data, "{}", ours.tag);
        assert_ne!(our_data.data_class(), DataClass::Unknown);
        if golden_data.data_class() != DataClass::Unknown {
            assert_eq!(our_data.data_class(), golden_data.data_class(), "{}", ours.tag);
        }
        let (our_tensor, golden_tensor) = (tensor(ours), tensor(golden));
        assert_eq!(our_tensor.dtype, golden_tensor.dtype, "{}", ours.tag);
        let sizes = |tensor: &TensorProto| {
            let shape = tensor.tensor_shape.clone().unwrap_or_default();
            shape.dim.iter().map(|dim| dim.size).collect::<Vec<_>>()
        };
        assert_eq!(sizes(our_tensor), sizes(golden_tensor), "{}", ours.tag);
        assert_eq!(our_tensor.string_val, golden_tensor.string_val, "{}", ours.tag);
        assert_eq!(elements(our_tensor), elements(golden_tensor), "{}", ours.tag);
    }
}

/// Width, height, channels and pixels.
fn decoded_png(file: &[u8]) -> (u32, u32, usize, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    (info.width, info.height, info.color_type.samples(), pixels)
}

#[test]
fn images_are_tensorflows_but_for_the_compression() {
    let pixels: Vec<u8> = (0..72).map(|i| i * 3).collect();
    let unit: Vec<f32> = pixels.iter().map(|byte| f32::from(*byte) / 255.0).collect();
    let golden = golden_values("images.summary");
    for pixels in [Pixels::Rgb8(&pixels), Pixels::RgbF32(&unit)] {
        let mut ours = values(logged(|writer| {
            writer.add_images("pictures", Images::nhwc(2, 3, 4, pixels), 0).unwrap();
        }));
        let files = &tensor(&golden[0]).string_val;
        let Some(value::Value::Tensor(tensor)) = &mut ours[0].value else { panic!("{ours:?}") };
        for (ours, golden) in tensor.string_val[2..].iter_mut().zip(&files[2..]) {
            assert_eq!(decoded_png(ours), decoded_png(golden));
            *ours = golden.clone();
        }
        assert_same(&ours, &golden);
    }
}

#[test]
fn audio_is_tensorflows_wav_file() {
    let samples = [0.0, 1.0, -1.0, 0.5, 2.0, -2.0, 0.1, -0.1, 1.0 / 3.0, 1e-5];
    let ours = values(logged(|writer| {
        writer.add_audio("clip", Audio::interleaved(&samples, 2, 8000), 0).unwrap();
    }));
    let mut golden = golden_values("audio.summary");
    // TensorFlow's has a column of labels, which TensorBoard does not show: [1, 2] instead of [1].
    let Some(value::Value::Tensor(tensor)) = &mut golden[0].value else { panic!("{golden:?}") };
    assert_eq!(tensor.string_val.pop().unwrap(), b"");
    assert_eq!(tensor.tensor_shape.as_mut().unwrap().dim.pop().unwrap().size, 2);
    assert_same(&ours, &golden);
}

#[test]
fn pr_curves_are_torchs() {
    // The numbers of make.py.
    let (mut state, mut labels, mut predictions) = (1_u32, Vec::new(), Vec::new());
    for _ in 0..500 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        predictions.push((state >> 8) as f32 / (1 << 24) as f32);
        labels.push(state >> 5 & 1 == 1);
    }
    let ours = values(logged(|w| w.add_pr_curve("pr", &labels, &predictions, 0).unwrap()));
    assert_same(&ours, &golden_values("pr_curve.summary"));

    let curve = PrCurve {
        true_positives: vec![4.0, 3.0, 0.0],
        false_positives: vec![6.0, 1.0, 0.0],
        true_negatives: vec![0.0, 5.0, 6.0],
        false_negatives: vec![0.0, 1.0, 4.0],
        precision: vec![0.4, 0.75, 0.0],
        recall: vec![1.0, 0.75, 0.0],
    };
    let ours = values(logged(|w| w.add_pr_curve_raw("pr", &curve, 0).unwrap()));
    assert_same(&ours, &golden_values("pr_curve_raw.summary"));
}

#[test]
fn a_layout_is_tensorboards() {
    let charts = [
        Chart::multiline("train vs test", &["loss/.*"]),
        Chart::margin("band", &[["m/mean", "m/lo", "m/hi"]]),
    ];
    let ours = values(logged(|w| w.add_custom_scalars(&[("losses", &charts)]).unwrap()));
    assert_same(&ours, &golden_values("custom_scalars.summary"));
}

#[test]
fn meshes_are_tensorboards() {
    let vertices = &[[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let mesh = Mesh {
        vertices,
        colors: &[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0]],
        faces: &[[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]],
        config: r#"{"camera": {"fov": 75}}"#,
    };
    let ours = values(logged(|writer| writer.add_mesh("tetra", &mesh, 0).unwrap()));
    assert_same(&ours, &golden_values("mesh.summary"));
    let points = Mesh { vertices, ..Default::default() };
    let ours = values(logged(|writer| writer.add_mesh("points", &points, 0).unwrap()));
    assert_same(&ours, &golden_values("points.summary"));
}

#[test]
fn hparams_are_tensorboards() {
    let optimizer = |name: &str| HParam::Text(name.to_owned());
    let hparams = [
        ("rate", HParam::Number(0.1)),
        ("optimizer", optimizer("adam")),
        ("bias", HParam::Bool(true)),
    ];
    let optimizers = [optimizer("adam"), optimizer("sgd")];
    let session = HParamsSession::new(&hparams).metrics(&["accuracy"]).group("rate 0.1");
    let ours = values(logged(|writer| {
        writer.add_hparams_session(&session.domain("optimizer", &optimizers)).unwrap();
        writer.end_session(SessionEnd::Success).unwrap();
    }));
    let golden = golden_values("hparams.summary");
    // A map's entries have no order in protobuf; ours are sorted, Python's are not.
    let by_content = |values: &[Value]| -> Vec<_> {
        let without = |value: &Value| {
            let mut value = value.clone();
            let plugin = value.metadata.as_mut().unwrap().plugin_data.as_mut().unwrap();
            let content = std::mem::take(&mut plugin.content);
            (value, HParamsPluginData::decode(&*content).unwrap())
        };
        values.iter().map(without).collect()
    };
    let (ours, golden) = (by_content(&ours), by_content(&golden));
    assert_eq!(ours.len(), 3);
    for ((ours, content), (golden, golden_content)) in ours.iter().zip(&golden) {
        assert_eq!(content, golden_content);
        assert_same(std::slice::from_ref(ours), std::slice::from_ref(golden));
    }
}

#[test]
fn tensors_are_torchs() {
    let tensor = Tensor::new(&[1, 3], TensorData::F32(&[1.5, -2.0, 3.25]));
    let ours = values(logged(|writer| writer.add_tensor("t", &tensor, 0).unwrap()));
    assert_same(&ours, &golden_values("tensor.summary"));
}

#[test]
fn a_tensor_of_every_type_has_its_bytes() {
    // Worked out by hand: little-endian, row by row.
    let cases: [(TensorData<'_>, DataType, &[u8]); 6] = [
        (
            TensorData::F64(&[1.0, -2.0]),
            DataType::DtDouble,
            b"\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\0\xc0",
        ),
        (TensorData::I32(&[1, -2]), DataType::DtInt32, b"\x01\0\0\0\xfe\xff\xff\xff"),
        (TensorData::I64(&[1, 256]), DataType::DtInt64, b"\x01\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0"),
        (TensorData::U8(&[1, 255]), DataType::DtUint8, b"\x01\xff"),
        (TensorData::Bool(&[true, false]), DataType::DtBool, b"\x01\0"),
        (TensorData::Bytes(&[b"a", "한".as_bytes()]), DataType::DtString, b""),
    ];
    for (data, dtype, bytes) in cases {
        let tensor_of = Tensor::new(&[2], data).plugin("mine", b"\x08\x01");
        let ours = values(logged(|writer| writer.add_tensor("t", &tensor_of, 0).unwrap()));
        let plugin = ours[0].metadata.clone().unwrap().plugin_data.unwrap();
        assert_eq!((plugin.plugin_name.as_str(), &*plugin.content), ("mine", &b"\x08\x01"[..]));
        let tensor = tensor(&ours[0]);
        assert_eq!((tensor.dtype(), &*tensor.tensor_content), (dtype, bytes));
        if dtype == DataType::DtString {
            assert_eq!(tensor.string_val, [b"a".to_vec(), "한".as_bytes().to_vec()]);
        }
    }
}

#[test]
fn a_graph_is_byte_for_byte_what_protobuf_makes_of_it() {
    let node = |name: &str, op: &str, inputs: &[&str], shape: &[i64]| GraphNode {
        name: name.to_owned(),
        op: op.to_owned(),
        inputs: inputs.iter().map(|input| (*input).to_owned()).collect(),
        output_shapes: vec![shape.to_vec()],
        ..Default::default()
    };
    let nodes = [
        node("x", "Placeholder", &[], &[-1, 2]),
        node("l/W", "VariableV2", &[], &[2, 3]),
        node("l/b", "VariableV2", &[], &[3]),
        node("l/MatMul", "MatMul", &["x", "l/W"], &[-1, 3]),
        node("l/add", "Add", &["l/MatMul", "l/b"], &[-1, 3]),
        node("l/y", "Sigmoid", &["l/add"], &[-1, 3]),
    ];
    let golden = What::GraphDef(fs::read(golden("graph.bin")).unwrap());
    let golden = std::slice::from_ref(&golden);
    assert_eq!(logged(|writer| writer.add_graph(&nodes).unwrap()), golden);
    let [What::GraphDef(bytes)] = golden else { unreachable!() };
    assert_eq!(logged(|writer| writer.add_graph_def(bytes).unwrap()), golden);
}

#[test]
fn run_metadata_is_byte_for_byte_what_protobuf_makes_of_it() {
    let node = |name: &str, start, duration, bytes| NodeStats {
        name: name.to_owned(),
        device: "/device:CPU:0".to_owned(),
        start: Duration::from_micros(start),
        duration: Duration::from_micros(duration),
        bytes,
        output_shapes: vec![vec![3]],
    };
    let nodes = [node("l/MatMul", 3, 40, 4096), node("l/y", 43, 7, 0)];
    let ours = logged(|writer| writer.add_run_metadata("step 1", &nodes, 1).unwrap());
    let [What::TaggedRunMetadata(tagged)] = &ours[..] else { panic!("{ours:?}") };
    assert_eq!(tagged.tag, "step 1");
    assert_eq!(tagged.run_metadata, fs::read(golden("run_metadata.bin")).unwrap());
}

/// Delays and opaque pixels.
fn decoded_gif(file: &[u8]) -> Vec<(u16, Vec<u8>)> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(file).unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        frames.push((frame.delay, frame.buffer.to_vec()));
    }
    frames
}

#[test]
fn a_video_has_the_frames_of_pillows_gif() {
    let pixels: Vec<u8> = (0..18).map(|i| i * 7).chain((0..18).map(|i| i * 7 + 90)).collect();
    let frames = Images::nhwc(2, 2, 3, Pixels::Rgb8(&pixels));
    let video = Video { frames, frames_per_second: 4.0 };
    let ours = values(logged(|writer| writer.add_video("v", video, 0).unwrap()));
    let [width, height, file] = &tensor(&ours[0]).string_val[..] else { panic!("{ours:?}") };
    assert_eq!((&width[..], &height[..]), (&b"3"[..], &b"2"[..]));
    let golden = decoded_gif(&fs::read(golden("video.gif")).unwrap());
    assert_eq!(golden.len(), 2);
    assert_eq!(decoded_gif(file), golden);
}

/// The lines of a configuration without indentation, with paths by their file names.
fn config(dir: &Path) -> Vec<String> {
    let text = fs::read_to_string(dir.join("projector_config.pbtxt")).unwrap();
    let mut lines: Vec<String> = Vec::new();
    for entry in text.split("embeddings {").skip(1) {
        let words = entry.replace(['{', '}'], " ").replace(": ", ":");
        let mut words: Vec<_> = words
            .split_whitespace()
            .filter(|word| !word.starts_with("tensor_shape") && *word != "sprite")
            .map(|word| match (word.split_once(":\""), word.rsplit_once('/')) {
                (Some((name, _)), Some((_, file))) => format!("{name}:\"{file}"),
                _ => word.to_owned(),
            })
            .collect();
        words.sort();
        lines.extend(words);
    }
    lines
}

#[test]
fn embeddings_are_torchs_files() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::create(dir.path()).unwrap();
    let points: Vec<f32> = (0..15).map(|i| i as f32 / 4.0).collect();
    let pictures: Vec<u8> = (0..60).map(|i| i * 4).collect();
    let words = Embedding::new(&points, 3)
        .labels("word", &["cat", "고양이", "chat", "猫", "gato"])
        .labels("language", &["en", "ko", "fr", "ja", "es"])
        .images(Images::nchw(5, 2, 2, Pixels::Rgb8(&pictures)));
    writer.add_embedding("words", &words, 7).unwrap();
    let letters = Embedding::new(&points[..9], 3).labels("letter", &["a", "b", "c"]);
    writer.add_embedding("letters", &letters, 0).unwrap();
    writer.add_embedding("words", &words, 7).unwrap(); // again: nothing is listed twice
    let mut entries = config(dir.path());
    entries.sort();
    let mut golden_entries = config(&golden("embedding"));
    golden_entries.sort();
    assert_eq!(entries, golden_entries);

    for (ours, golden_dir, tables) in [
        ("embeddings/words-00007", "embedding/00007/words", 2),
        ("embeddings/letters-00000", "embedding/00000/letters", 2),
    ] {
        for table in ["tensors.tsv", "metadata.tsv"] {
            let ours = fs::read_to_string(dir.path().join(ours).join(table)).unwrap();
            assert_eq!(ours, fs::read_to_string(golden(golden_dir).join(table)).unwrap());
        }
        let files = fs::read_dir(dir.path().join(ours)).unwrap().count();
        assert!(files == tables + usize::from(ours.contains("words")), "{files} in {ours}");
    }
    // torch pads to a square below, where the tab does not look: three columns, two rows of three.
    let sprite = fs::read(dir.path().join("embeddings/words-00007/sprite.png")).unwrap();
    let golden_sprite = fs::read(golden("embedding/00007/words/sprite.png")).unwrap();
    let ours = decoded_png(&sprite);
    assert_eq!((ours.0, ours.1, ours.2), (6, 4, 3));
    assert_eq!(ours.3, decoded_png(&golden_sprite).3[..6 * 4 * 3]);
}

/// One summary of each kind that has a tag.
fn log_all(writer: &SummaryWriter, tag: &str) -> Vec<Result<(), WriteError>> {
    let node = NodeStats { name: "x".to_owned(), ..Default::default() };
    vec![
        writer.add_images(tag, Images::nhwc(1, 1, 1, Pixels::Gray8(&[7])), 0),
        writer.add_audio(tag, Audio::mono(&[0.0], 8000), 0),
        writer.add_pr_curve(tag, &[true], &[1.0], 0),
        writer.add_tensor(tag, &Tensor::new(&[], TensorData::U8(&[7])), 0),
        writer.add_run_metadata(tag, &[node], 0),
        writer.add_mesh(tag, &Mesh { vertices: &[[0.0; 3]], ..Default::default() }, 0),
        writer.add_scalars(tag, &[("키", 1.0)], 0),
        writer.add_embedding(tag, &Embedding::new(&[1.0], 1), 0),
    ]
}

#[test]
fn every_kind_takes_korean_tags_and_the_scope_of_its_writer() {
    let tag = "손실/학습 데이터";
    let whats = logged(|writer| {
        let scope = writer.scope("범위");
        log_all(&scope, tag).into_iter().for_each(Result::unwrap);
        let config = writer.path().with_file_name("projector_config.pbtxt");
        let config = fs::read_to_string(config).unwrap();
        assert!(config.contains(&format!("tensor_name: \"범위/{tag}:00000\"")), "{config}");
    });
    let tag = format!("범위/{tag}");
    let profile = |what: &What| match what {
        What::TaggedRunMetadata(tagged) => tagged.tag == tag,
        _ => false,
    };
    assert!(whats.iter().any(profile), "{whats:?}");
    let values = values(whats);
    let tags: Vec<_> = values.iter().map(|value| value.tag.as_str()).collect();
    let (vertex, scalar) = (format!("{tag}_VERTEX"), format!("{tag}/키"));
    let config = "custom_scalars__config__";
    assert_eq!(tags, [&tag, &tag, &tag, &tag, &vertex, config, &scalar]);
    // The mesh is known by the whole tag, and the chart is of it.
    let contains = |haystack: &[u8], needle: &str| {
        haystack.windows(needle.len()).any(|part| part == needle.as_bytes())
    };
    assert!(contains(&values[4].metadata.clone().unwrap().encode_to_vec(), &tag));
    assert!(contains(&tensor(&values[5]).string_val[0], &format!("{scalar}$")));
}

#[test]
fn a_tag_that_tensorboard_cannot_ask_for_is_refused() {
    let long = "long/".repeat(20_000);
    let whats = logged(|writer| {
        for result in log_all(writer, &long) {
            let error = result.unwrap_err().to_string();
            assert!(error.contains(" bytes, want at most "), "{error}");
        }
        for result in log_all(writer, "") {
            assert_eq!(result.unwrap_err().to_string(), "summary ``: the tag is empty");
        }
    });
    assert_eq!(whats, []);
}

#[test]
fn what_a_writer_does_not_keep_is_not_encoded_and_layouts_are_kept() {
    let whats = logged(|writer| {
        let image = Image::hwc(1, 1, Pixels::Gray8(&[7]));
        let wrong = Image::hwc(2, 2, Pixels::Gray8(&[7]));
        writer.every(10).add_image("a", image, 20).unwrap();
        writer.every(10).add_image("a", wrong, 21).unwrap(); // not even looked at
        let kept = writer.keep(1);
        for main_tag in ["a", "b", "c"] {
            kept.add_scalars(main_tag, &[("x", 1.0)], 0).unwrap();
        }
    });
    let tags: Vec<_> = values(whats).into_iter().map(|value| value.tag).collect();
    let config = "custom_scalars__config__";
    assert_eq!(tags, ["a", config, "a/x", config, "b/x", config, "c/x"]);
}

#[test]
fn a_disabled_writer_takes_everything_and_writes_nothing() {
    let writer = SummaryWriter::disabled();
    log_all(&writer, "a").into_iter().for_each(Result::unwrap);
    writer.add_custom_scalars(&[]).unwrap();
}

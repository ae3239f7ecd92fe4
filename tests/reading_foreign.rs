//! Reading every kind of value, as other writers write it.
//!
//! The log directories are in tests/golden/reading. Beside each is what TensorBoard's own code reads
//! from it; make_expected.py there made that, make_foreign.py some of the directories.

use std::fs;
use std::path::PathBuf;

use runboard::logdir::{
    Audio, Graph, Histogram, Image, KerasModel, Kind, Logdir, MeshPart, PrCurve, Restarts, Run,
    Tensor, TensorData, Text, TracedRun, Value,
};
use runboard::proto::chart::Content;
use runboard::proto::h_params_plugin_data::Data;
use runboard::proto::{self, HParamsPluginData, Layout, value::Kind as Held};
use runboard::record::MaskedCrc;

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/reading").join(name)
}

fn read(name: &str) -> Logdir {
    let builder = Logdir::builder(golden(name)).keep_everything().restarts(Restarts::KeepAll);
    let mut logdir = builder.build();
    let problems: Vec<_> = logdir.poll().iter().map(ToString::to_string).collect();
    assert_eq!(problems, [""; 0], "{name}");
    logdir
}

fn numbers(numbers: impl IntoIterator<Item = f64>) -> String {
    numbers.into_iter().map(|x| format!("{x:.8e}")).collect::<Vec<_>>().join(" ")
}

fn crc(bytes: &[u8]) -> String {
    format!("{}:{:08x}", bytes.len(), MaskedCrc::of(bytes).0)
}

fn crcs<'a>(all: impl IntoIterator<Item = &'a Vec<u8>>) -> String {
    all.into_iter().map(|bytes| format!(" {}", crc(bytes))).collect()
}

fn tensor(tensor: &Tensor) -> String {
    let elements = match (&tensor.data, tensor.to_f64()) {
        (TensorData::Strings(strings), _) => crcs(strings),
        (_, elements) => format!(" {}", numbers(elements.unwrap())),
    };
    format!("{:?}{elements}", tensor.shape)
}

/// TensorBoard keeps the old form's buckets as f32.
fn histogram(histogram: &Histogram) -> String {
    let old = histogram.statistics.is_some();
    let kept = |&x: &f64| if old { f64::from(x as f32) } else { x };
    let edges = histogram.buckets.iter().flatten().map(kept);
    format!("[{}, 3] {}", histogram.buckets.len(), numbers(edges))
}

fn image(image: &Image) -> String {
    format!("{} {}{}", image.width, image.height, crcs(&image.encoded))
}

fn audio(audio: &Audio) -> String {
    format!("{}{}", audio.content_type, crcs(audio.clips.iter().map(|clip| &clip.encoded)))
}

fn text(text: &Text) -> String {
    format!("{:?} {}", text.shape, text.texts.join(" "))
}

fn pr_curve(curve: &PrCurve) -> String {
    let rows = [
        &curve.true_positives,
        &curve.false_positives,
        &curve.true_negatives,
        &curve.false_negatives,
        &curve.precision,
        &curve.recall,
    ];
    format!("[6, {}] {}", curve.recall.len(), numbers(rows.into_iter().flatten().copied()))
}

fn layout(layout: &Layout) -> String {
    let mut charts = Vec::new();
    for category in &layout.category {
        for chart in &category.chart {
            let of = match &chart.content {
                Some(Content::Multiline(lines)) => lines.tag.join(","),
                Some(Content::Margin(margin)) => {
                    let of = |s: &proto::margin_chart_content::Series| {
                        format!("{}/{}/{}", s.value, s.lower, s.upper)
                    };
                    margin.series.iter().map(of).collect::<Vec<_>>().join(",")
                }
                None => String::new(),
            };
            charts.push(format!("{}:{}:{of}", category.title, chart.title));
        }
    }
    charts.join(" ")
}

fn hparams(data: &HParamsPluginData) -> String {
    match data.data.as_ref().unwrap() {
        Data::SessionStartInfo(start) => {
            let mut all: Vec<_> = start.hparams.iter().collect();
            all.sort_by_key(|(name, _)| *name);
            let of = |held: &Held| match held {
                Held::NumberValue(number) => format!("{number:.8e}"),
                Held::StringValue(text) => text.clone(),
                Held::BoolValue(truth) => truth.to_string(),
                Held::NullValue(_) => String::new(),
            };
            let of = |(name, value): (&String, &proto::Value)| {
                format!("{name}={}", of(value.kind.as_ref().unwrap()))
            };
            format!("start {}", all.into_iter().map(of).collect::<Vec<_>>().join(" "))
        }
        Data::SessionEndInfo(end) => format!("end {}", end.status),
        Data::Experiment(experiment) => {
            let hparams = experiment.hparam_infos.iter().map(|info| info.name.clone());
            let metrics = experiment.metric_infos.iter().map(|i| i.name.clone().unwrap().tag);
            format!("experiment {}", hparams.chain(metrics).collect::<Vec<_>>().join(" "))
        }
    }
}

fn mesh(part: &MeshPart) -> String {
    use runboard::logdir::MeshContent::{Colors, Faces, Vertices};
    let content = [Vertices, Faces, Colors].iter().position(|&c| c == part.content).unwrap() + 1;
    format!("{} {content} {}", part.name, tensor(&part.tensor))
}

fn graph(graph: &Graph) -> String {
    let nodes = graph.to_graph_def().unwrap().node;
    let of = |n: &proto::NodeDef| format!("{}={}({})", n.name, n.op, n.input.join(","));
    nodes.iter().map(of).collect::<Vec<_>>().join(" ")
}

fn lines<T: Value>(run: &Run, show: impl Fn(&T) -> String) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for (tag, series) in run.all::<T>() {
        for (step, _, value) in series.iter() {
            let shown = show(value).replace('\n', "\\n").replace('\t', "\\t");
            let line = format!("{}\t{tag}\t{}\t{step}\t{shown}", run.name(), T::KIND);
            lines.push((tag.to_owned(), line));
        }
    }
    lines
}

fn everything(logdir: &Logdir) -> Vec<String> {
    let mut all = Vec::new();
    for run in logdir.runs() {
        let mut of = Vec::new();
        for kind in Kind::ALL {
            of.extend(match kind {
                Kind::Scalars => lines(run, |&x: &f32| format!("[] {:.8e}", f64::from(x))),
                Kind::Histograms => lines(run, histogram),
                Kind::Images => lines(run, image),
                Kind::Audio => lines(run, audio),
                Kind::Text => lines(run, text),
                Kind::PrCurves => lines(run, pr_curve),
                Kind::CustomScalars => lines(run, layout),
                Kind::HParams => lines(run, hparams),
                Kind::Meshes => lines(run, mesh),
                Kind::Graphs => lines(run, graph),
                Kind::RunMetadata => lines(run, |traced: &TracedRun| crc(&traced.bytes)),
                Kind::KerasModels => lines(run, |model: &KerasModel| crc(model.json.as_bytes())),
                Kind::Tensors => lines(run, tensor),
                _ => panic!("{kind} is not tested"),
            });
        }
        of.sort_by(|(a, _), (b, _)| a.cmp(b));
        all.extend(of.into_iter().map(|(_, line)| line));
    }
    all
}

fn is_read_as_tensorboard_reads_it(name: &str) {
    let expected = fs::read_to_string(golden(&format!("{name}.expected"))).unwrap();
    let expected: Vec<_> = expected.lines().collect();
    let read = everything(&read(name));
    for (read, expected) in read.iter().zip(&expected) {
        assert_eq!(read, expected, "{name}");
    }
    assert_eq!(read.len(), expected.len(), "{name}");
}

#[test]
fn every_form_of_every_kind_is_read() {
    for name in [
        "audio",
        "custom_scalars",
        "graphs",
        "histograms",
        "hparams",
        "images",
        "mesh",
        "pr_curves",
        "projector",
        "scalars",
        "text",
    ] {
        is_read_as_tensorboard_reads_it(name);
    }
}

#[test]
fn files_of_torch_are_read() {
    is_read_as_tensorboard_reads_it("torch");
}

#[test]
fn files_of_tensorboardx_are_read() {
    is_read_as_tensorboard_reads_it("tensorboardx");
}

#[test]
fn files_of_tensorboard_rs_are_read() {
    is_read_as_tensorboard_reads_it("tensorboard_rs");
}

#[test]
fn files_of_tensorflow_2_are_read() {
    is_read_as_tensorboard_reads_it("tensorflow2");
}

#[test]
fn files_of_tensorflow_1_are_read() {
    is_read_as_tensorboard_reads_it("tensorflow1");
}

#[test]
fn what_is_not_asked_for_is_listed_but_not_kept() {
    let mut logdir = Logdir::new(golden("torch"));
    assert!(logdir.poll().is_empty());
    let run = logdir.run(".").unwrap();
    assert!(run.scalars().count() > 0 && run.histograms().count() == 0);
    let kind = |tag: &str| run.tags().find(|(t, _)| *t == tag).map(|(_, kind)| kind);
    assert_eq!(kind("weights"), Some(Kind::Histograms));
    assert_eq!(kind("picture"), Some(Kind::Images));
    assert_eq!(kind("__run_graph__"), Some(Kind::Graphs));
}

#[test]
fn what_a_tag_says_of_itself_is_kept() {
    let logdir = read("tensorflow2");
    let loss = logdir.run(".").unwrap().metadata("loss/train").unwrap();
    assert_eq!((loss.plugin.as_str(), loss.description.as_str()), ("scalars", "the *loss*"));
}

#[test]
fn configurations_of_the_projector_are_read() {
    let of = |name: &str, run: &str| read(name).run(run).unwrap().projector().unwrap().unwrap();
    let ours = of("projector", "run");
    let [embedding] = &ours.embeddings[..] else { panic!("{ours:?}") };
    assert_eq!((embedding.tensor_name.as_str(), &embedding.tensor_shape[..]), ("emb", &[5, 3][..]));
    assert_eq!(
        (embedding.sprite_path.as_str(), &embedding.sprite_size[..]),
        ("sprite.png", &[8, 8][..])
    );
    for (name, tensor) in [("torch", "emb:00001"), ("tensorboardx", "emb:00001")] {
        let config = of(name, ".");
        let [embedding] = &config.embeddings[..] else { panic!("{config:?}") };
        assert_eq!(embedding.tensor_name, tensor);
        assert!(config.dir.join(&embedding.tensor_path).is_file());
        assert!(config.dir.join(&embedding.metadata_path).is_file());
    }
    assert_eq!(read("text").run("v2").unwrap().projector().unwrap(), None);
}

//! The Scalars, Histograms and Graphs tabs in a real browser.

use std::path::Path;

use serde_json::Value;

use crate::tools::{ask, experiment, from_outside};

/// All texts on a tab's page.
fn texts(tab: &Value) -> Vec<&str> {
    let texts = tab["text"].as_array().expect("a tab has texts").iter();
    texts.map(|text| text.as_str().expect("it is a text")).collect()
}

#[test]
#[ignore = "needs real TensorBoard and Chromium: .ci/run"]
fn a_browser_shows_the_scalars_the_histograms_and_the_graph() {
    from_outside("RUNBOARD_CHROMIUM");
    let scratch = tempfile::tempdir().unwrap();
    let logdir = scratch.path().join("기록");
    let run = ["run", "xor_deep", "--run", "xor_deep/첫 번째", "--steps", "2001", "--quiet"];
    experiment(&[&run[..], &["--logdir", logdir.to_str().unwrap()]].concat());
    let out = scratch.path().join("pictures");
    let tabs = ["scalars=cost", "histograms=Layer1/weight", "graphs=Layer1"].map(Path::new);
    let arguments = [logdir.as_path(), &out];
    let shown = ask("screens.py", &[&arguments[..], &tabs].concat());

    for (tab, wanted) in [
        ("scalars", &["cost", "accuracy", "gradient_norm"][..]),
        ("histograms", &["Layer1/weight", "Layer1/bias", "Layer1/output"]),
        ("graphs", &["Layer1", "Layer2", "Layer3", "Layer4", "Cost", "gradients", "Train"]),
    ] {
        let texts = texts(&shown[tab]);
        for want in wanted {
            assert!(
                texts.iter().any(|text| text.contains(want)),
                "{tab}: no `{want}` in {texts:?}"
            );
        }
        // Lines, axes, boxes; and an empty page has some dozen colours.
        assert!(shown[tab]["drawn"].as_u64().unwrap() >= 20, "{tab}: {}", shown[tab]["drawn"]);
        assert!(shown[tab]["colours"].as_u64().unwrap() >= 300, "{tab}: {}", shown[tab]["colours"]);
        assert!(out.join(tab).with_extension("png").is_file(), "{tab}: no picture");
    }
    let scalars = texts(&shown["scalars"]);
    assert!(scalars.iter().any(|text| text.contains("첫 번째")), "no run in {scalars:?}");
}

#[test]
#[ignore = "needs real TensorBoard and Chromium: .ci/run"]
fn a_browser_shows_a_convolutional_net_its_pictures_and_the_projector() {
    from_outside("RUNBOARD_CHROMIUM");
    let scratch = tempfile::tempdir().unwrap();
    let logdir = scratch.path().join("합성곱");
    let run = ["run", "lenet5", "--run", "lenet5", "--set", "data=mnist_sample", "--epochs", "2"];
    experiment(&[&run[..], &["--quiet", "--logdir", logdir.to_str().unwrap()]].concat());
    let out = scratch.path().join("pictures");
    let tabs = ["images=maps/conv2d", "graphs=conv2d_1", "projector=last_hidden_layer"];
    let arguments = [logdir.as_path(), &out];
    let shown = ask("screens.py", &[&arguments[..], &tabs.map(Path::new)].concat());

    for (tab, wanted) in [
        ("images", &["filters/conv2d", "maps/conv2d"][..]),
        ("graphs", &["conv2d", "average_pooling2d", "dense", "Cost", "gradients", "Train"]),
        // So many points of so many dimensions, and what colours them.
        ("projector", &["last_hidden_layer", "Points:", "100", "Dimension:", "84"]),
    ] {
        let texts = texts(&shown[tab]);
        for want in wanted {
            assert!(
                texts.iter().any(|text| text.contains(want)),
                "{tab}: no `{want}` in {texts:?}"
            );
        }
        assert!(shown[tab]["colours"].as_u64().unwrap() >= 300, "{tab}: {}", shown[tab]["colours"]);
    }
}

//! The pictures of a classifier, in real TensorBoard.

use runboard::experiments::find;
use runboard::trainer::{Recording, describe};
use serde_json::json;

use crate::shown::check_graph;
use crate::tools::{LOADERS, experiment, keys, tensorboard_sees};

#[test]
#[ignore = "needs real TensorBoard: .ci/run"]
fn tensorboard_shows_the_pictures_of_a_classifier() {
    let scratch = tempfile::tempdir().unwrap();
    let logdir = scratch.path().join("그림");
    let logdir_text = logdir.to_str().unwrap();
    let run = |arguments: &[&str]| {
        let which = ["run", "mnist_nn_relu", "--run", "숫자", "--quiet", "--logdir", logdir_text];
        experiment(&[&which[..], arguments].concat());
    };
    run(&["--set", "data=mnist_sample", "--set", "hidden=70", "--epochs", "4"]);
    run(&["--resume", "--epochs", "6"]);
    for load_fast in LOADERS {
        let of = format!("loader {load_fast}");
        let seen = tensorboard_sees(&logdir, load_fast, 1);
        let run = &seen["runs"]["숫자"];
        // 300 images in batches of 100; it went on after the fourth epoch.
        let (every, some) = ([2, 5, 8, 11, 14, 17], [11, 14, 17]);
        // 11 + 10 * 24 pixels; 5 * 60 + 4 by 5 * 71; 8 units of 28, with lines between them.
        for (tag, steps, size, colours) in [
            ("test/confusion_matrix", &every[..], [251, 251], 4),
            ("test/mistakes", &some, [304, 355], 100),
            ("weights/Layer1", &every, [233, 233], 100),
        ] {
            let images = run["images"][tag].as_array().unwrap_or_else(|| panic!("{of}: no {tag}"));
            let seen: Vec<_> = images.iter().map(|image| image[0].as_i64().unwrap()).collect();
            assert_eq!(seen, steps, "{of}: {tag}");
            for image in images {
                assert_eq!(image[1], json!(size), "{of}: {tag}");
                assert!(image[2].as_i64() >= Some(colours), "{of}: {tag} has {} colours", image[2]);
            }
        }
        assert_eq!(keys(&run["pr_curves"]).len(), 10, "{of}");
        for tag in keys(&run["pr_curves"]) {
            assert_eq!(run["pr_curves"][tag], json!(some.map(|step| (step, 1.0))), "{of}: {tag}");
        }
        let text = run["text"]["test/confusion_table"].to_string();
        assert!(text.contains("recall") && text.contains("<table>"), "{of}: {text}");
        let drawn = json!({
            "cost": {"숫자": {"epoch/cost": 6, "validation/cost": 6, "test/cost": 6}},
            "accuracy": {"숫자": {"validation/accuracy": 6, "test/accuracy": 6}},
        });
        assert_eq!(seen["charts"], drawn, "{of}");
    }
}

#[test]
#[ignore = "needs real TensorBoard: .ci/run"]
fn tensorboard_shows_what_goes_on_inside_convolutional_nets() {
    let scratch = tempfile::tempdir().unwrap();
    let logdir = scratch.path().join("합성곱");
    let run = |name: &str, arguments: &[&str]| {
        let logdir = logdir.to_str().unwrap();
        let which = ["run", name, "--run", name, "--quiet", "--logdir", logdir];
        experiment(&[&which[..], arguments].concat());
    };
    run("conv_basics", &[]);
    run("mnist_conv_maps", &[]);
    run("lenet5", &["--set", "data=mnist_sample", "--epochs", "2"]);
    // The sizes are worked out in `tests/pictures.rs`: pixels enlarged to about 56, and lines.
    let want = [
        ("conv_basics", "image", [56, 56]),
        ("conv_basics", "valid", [58, 58]),
        ("conv_basics", "same", [56, 56]),
        ("conv_basics", "three_filters", [3 * 55 + 1, 56]),
        ("conv_basics", "max_pool", [58, 58]),
        ("mnist_conv_maps", "digit", [58, 58]),
        ("mnist_conv_maps", "conv2d", [5 * 57 + 1, 58]),
        ("mnist_conv_maps", "max_pool", [5 * 57 + 1, 58]),
        ("lenet5", "filters/conv2d", [6 * 31 + 1, 32]),
        ("lenet5", "filters/conv2d_1", [6 * 31 + 1, 16 * 31 + 1]),
        ("lenet5", "maps/conv2d", [6 * 57 + 1, 58]),
        ("lenet5", "maps/average_pooling2d_1", [8 * 56 + 1, 2 * 56 + 1]),
    ];
    let lenet5 = find("lenet5").unwrap();
    let recording = Recording::new(lenet5, lenet5.hyper_parameters()).unwrap();
    for load_fast in LOADERS {
        let of = format!("loader {load_fast}");
        let seen = tensorboard_sees(&logdir, load_fast, 3);
        for (run, tag, size) in want {
            let images = &seen["runs"][run]["images"][tag];
            let images = images.as_array().unwrap_or_else(|| panic!("{of}: no {run}, {tag}"));
            let steps: Vec<_> = images.iter().map(|image| image[0].as_i64().unwrap()).collect();
            // Two epochs of 300 images in batches of 100.
            let want: &[i64] = if run == "lenet5" { &[2, 5] } else { &[0] };
            assert_eq!(steps, want, "{of}: {run}, {tag}");
            for image in images {
                assert_eq!(image[1], json!(size), "{of}: {run}, {tag}");
                assert!(image[2].as_i64() >= Some(4), "{of}: {run}, {tag}: {} colours", image[2]);
            }
        }
        let graph = &seen["runs"]["lenet5"]["graph"];
        check_graph(graph, &describe(&recording.graph), &of);
        let nodes = graph.as_array().unwrap();
        let count = |op: &str| nodes.iter().filter(|node| node["op"] == op).count();
        assert_eq!(count("Conv2D"), 3, "{of}");
        // Of the images themselves no gradient is asked for.
        assert_eq!((count("Conv2DBackpropInput"), count("Conv2DBackpropFilter")), (2, 3), "{of}");
        let points = &seen["runs"]["lenet5"]["projector"]["last_hidden_layer:00005"];
        // 100 test images of 84 floats; ten by ten pictures of 28 by 28.
        assert_eq!(points["shape"], json!([100, 84]), "{of}");
        assert_eq!(points["bytes"], json!(100 * 84 * 4), "{of}");
        assert_eq!(points["sprite"], json!([280, 280]), "{of}");
        let labels = points["labels"].as_array().unwrap();
        assert!(
            labels.len() == 100
                && labels[..5] == json!(["7", "6", "3", "4", "2"]).as_array().unwrap()[..],
            "{of}"
        );
    }
}

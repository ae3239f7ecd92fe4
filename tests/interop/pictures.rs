//! The pictures of a classifier, in real TensorBoard.

use serde_json::json;

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

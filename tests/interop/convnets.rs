//! The convolutional nets and their pictures in real TensorBoard.

use crate::tbcheck::Tbcheck;
use crate::tools::{beside, experiment};

#[test]
#[ignore = "needs real TensorBoard and tbcheck: .ci/run"]
fn another_checker_sees_filters_maps_gradients_and_embeddings_of_convolutional_nets() {
    let Some(tbcheck) = Tbcheck::from_outside() else { return };
    let scratch = tempfile::tempdir().unwrap();
    let logdir = scratch.path().join("합성곱");
    let epochs = ["--set", "data=mnist_sample", "--epochs", "2", "--summary-every", "2"];
    let narrow = [&epochs[..], &["--set", "filters=4,8", "--set", "units=16"]].concat();
    for (name, options) in [
        ("conv_basics", &[][..]),
        ("mnist_conv_maps", &[]),
        ("mnist_cnn", &epochs),
        ("lenet5", &epochs),
        ("mnist_cnn_best", &narrow),
    ] {
        let run = ["run", name, "--run", name, "--quiet", "--logdir", logdir.to_str().unwrap()];
        experiment(&[&run[..], options].concat());
    }
    tbcheck.sees(&logdir, &beside("expect_convnets.json"));
}

//! Downloads that were cut.

use super::server::{Reply, Server, unreachable_url};
use super::*;

/// A home in which a download of the first file was cut.
fn cut_home(beginning: &[u8]) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join(SAMPLE.name);
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join(format!("{TRAIN_IMAGES}.gz.part")), beginning).unwrap();
    home
}

#[test]
fn a_cut_connection_is_continued_where_it_was_cut() {
    let server = Server::start(|before, request| {
        let reply = Reply::ranged(&packed(&request.path), request);
        if before < 2 { reply.cut(20_000) } else { reply }
    });
    let trial = Trial::of(&[mirror(&server)]);
    trial.assert_complete();
    let first = [None, Some(20_000), Some(40_000)].map(|range| asked(TRAIN_IMAGES, range));
    assert_eq!(server.requests()[..3], first);
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn an_interrupted_fetch_is_continued_the_next_time() {
    let whole = packed(&format!("{TRAIN_IMAGES}.gz"));
    let server = good_server();
    let trial = Trial::into(cut_home(&whole[..30_000]), &[mirror(&server)]);
    trial.assert_complete();
    assert_eq!(server.requests()[0], asked(TRAIN_IMAGES, Some(30_000)));
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn a_download_that_was_complete_is_not_repeated() {
    let whole = packed(&format!("{TRAIN_IMAGES}.gz"));
    let server = good_server();
    let trial = Trial::into(cut_home(&whole), &[mirror(&server)]);
    trial.assert_complete();
    assert_eq!(server.requests()[0], asked(TRAIN_IMAGES, Some(whole.len())));
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn a_server_that_ignores_ranges_is_followed_from_the_beginning() {
    let server = Server::start(|before, request| {
        let reply = Reply::whole(&packed(&request.path));
        if before == 0 { reply.cut(20_000) } else { reply }
    });
    let trial = Trial::of(&[mirror(&server)]);
    trial.assert_complete();
    assert_eq!(server.requests()[1], asked(TRAIN_IMAGES, Some(20_000)));
}

#[test]
fn a_beginning_that_does_not_fit_the_rest_is_given_up() {
    for beginning in [vec![7; 1000], vec![7; 100_000]] {
        let server = good_server();
        let trial = Trial::into(cut_home(&beginning), &[mirror(&server)]);
        trial.assert_complete();
        let ranges: Vec<_> = server.requests().iter().map(|request| request.range).collect();
        assert_eq!(ranges, [Some(beginning.len()), None, None, None, None]);
    }
}

#[test]
fn what_came_before_the_net_was_gone_is_kept_under_a_name_of_its_own() {
    let server = Server::start(|before, request| {
        let reply = Reply::ranged(&packed(&request.path), request);
        reply.cut(if before == 0 { 20_000 } else { 0 })
    });
    let trial = Trial::of(&[mirror(&server), Source::Mirror(unreachable_url())]);
    assert!(trial.tried()[0].contains("after 20000 "), "{:?}", trial.tried());
    let part = format!("{TRAIN_IMAGES}.gz.part");
    assert_eq!(trial.left(), BTreeSet::from([part.clone()]));
    let kept = fs::read(trial.dir().join(part)).unwrap();
    assert_eq!(kept, packed(&format!("{TRAIN_IMAGES}.gz"))[..20_000]);
}

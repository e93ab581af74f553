use crate::support::{Server, browser::run_there};

/// `tests/browser/inspector` has what is looked at.
#[test]
fn the_inspector_does_in_a_browser_what_it_promises() {
    // Its own: votes and revisions are kept there.
    let server = Server::start("all", &[]);
    let url = format!("{}/", server.url());
    let told = run_there("npx", &["playwright", "test", "--reporter=list"], &[("CPAIQA_URL", &url), ("CI", "1")]);
    println!("{}", String::from_utf8_lossy(&told));
}

//! Puts the inspector's files into the program.

fn main() {
    memory_serve::load_directory("../web/dist/page");
}

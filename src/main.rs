//! Starts the command line.

fn main() -> std::process::ExitCode {
    oam::cli::main()
}

//! `quittance`: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    quittance_cli::main()
}

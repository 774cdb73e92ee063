# Everything CI runs.
check:
    .ci/run

# Rewrites recorded reports and trees from what the program prints now; read the diff before you commit it.
update:
    UPDATE=1 cargo test

# Figures of benches/README.md.
bench:
    cargo bench

# Rewrites the reference of the built-in types, docs/types/.
docs:
    cargo run -- definition docs -o docs/types

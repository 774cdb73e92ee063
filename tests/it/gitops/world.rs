//! A small world: code repositories, a config repository, and people of whom nothing is known but what a test says.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::program::{self, Run, copy, root};

/// Repositories below one directory, with a git and a home of their own.
pub struct World {
    here: tempfile::TempDir,
}

impl World {
    /// An empty one; somebody called Jane works there.
    pub fn new() -> World {
        let world = World { here: tempfile::tempdir().unwrap() };
        fs::create_dir(world.path("tmp")).unwrap();
        let config =
            "[user]\n\tname = Jane\n\temail = jane@example.com\n[init]\n\tdefaultBranch = main\n[protocol \"file\"]\n\tallow = always\n";
        fs::write(world.path("gitconfig"), config).unwrap();
        world
    }

    /// One with the example `hello` in a repository `code`, and a bare repository `config.git` that has no commit yet.
    pub fn with_hello() -> World {
        let world = World::new();
        world.project("hello", "code");
        world.git(".", ["init", "-q", "--bare", "config.git"]);
        world
    }

    /// A repository with an example in it, committed. Its output is nobody's business there.
    pub fn project(&self, example: &str, name: &str) {
        copy(&root().join("examples").join(example), &self.path(name));
        let _ = fs::remove_dir_all(self.path(name).join("rendered"));
        fs::write(self.path(name).join(".gitignore"), "rendered/\n").unwrap();
        self.git(name, ["init", "-q"]);
        self.commit(name, "one");
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.here.path().join(name)
    }

    pub fn settle(&self, command: &mut Command) {
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
            command.env_remove(name);
        }
        command.env("GIT_CONFIG_GLOBAL", self.path("gitconfig")).env("GIT_CONFIG_SYSTEM", "/dev/null").env("HOME", self.here.path());
        command.env("TMPDIR", self.path("tmp")).env("GIT_TERMINAL_PROMPT", "0");
    }

    /// The command `oam`, ready to run in a folder.
    pub fn oam_command<A: AsRef<OsStr>>(&self, folder: &str, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = program::command(&self.path(folder), args);
        self.settle(&mut command);
        command
    }

    /// Runs `oam`. Paths of this world are taken out of what it says.
    pub fn oam(&self, folder: &str, line: &str) -> Run {
        self.run(self.oam_command(folder, line.split_whitespace()))
    }

    pub fn run(&self, mut command: Command) -> Run {
        let output = command.output().unwrap();
        let here = self.here.path().canonicalize().unwrap();
        let text = |bytes: Vec<u8>| {
            String::from_utf8(bytes).unwrap().replace(&*here.to_string_lossy(), "").replace(&*self.here.path().to_string_lossy(), "")
        };
        Run { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Runs `oam`, which must do its work.
    pub fn fine(&self, folder: &str, line: &str) -> Run {
        let run = self.oam(folder, line);
        assert_eq!(run.code, 0, "oam {line}: {}{}", run.stderr, run.stdout);
        run
    }

    /// Runs `oam`, which must refuse with a code and with words.
    pub fn refused(&self, folder: &str, line: &str, code: i32, words: &[&str]) -> Run {
        let run = self.oam(folder, line);
        assert_eq!(run.code, code, "oam {line}: {}{}", run.stderr, run.stdout);
        for word in words {
            assert!(run.stderr.contains(word), "oam {line} does not say `{word}`: {}", run.stderr);
        }
        run
    }

    pub fn git_output<A: AsRef<OsStr>>(&self, folder: &str, args: impl IntoIterator<Item = A>) -> Output {
        let mut command = Command::new("git");
        command.args(args).current_dir(self.path(folder));
        self.settle(&mut command);
        command.output().unwrap()
    }

    /// Runs git, which must do its work; what it says.
    pub fn git<A: AsRef<OsStr>>(&self, folder: &str, args: impl IntoIterator<Item = A>) -> String {
        let args: Vec<A> = args.into_iter().collect();
        let output = self.git_output(folder, &args);
        let words: Vec<_> = args.iter().map(|arg| arg.as_ref().to_string_lossy()).collect();
        assert!(output.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Commits everything.
    pub fn commit(&self, folder: &str, message: &str) {
        self.git(folder, ["add", "-A"]);
        self.git(folder, ["commit", "-q", "-m", message]);
    }

    /// Replaces text in a file, which must be there.
    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.path(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} does not hold `{from}`");
        fs::write(path, text.replace(from, to)).unwrap();
    }

    pub fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A hook of a repository.
    #[cfg(unix)]
    pub fn hook(&self, git_directory: &str, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = format!("{git_directory}/hooks/{name}");
        self.write(&path, &format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(self.path(&path), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// How many commits a branch has.
    pub fn commits(&self, folder: &str, branch: &str) -> usize {
        self.git(folder, ["rev-list", "--count", branch]).trim().parse().unwrap()
    }

    /// The files of a branch with their texts, below a folder of it.
    pub fn tree(&self, repository: &str, branch: &str, folder: &str) -> Vec<(String, Vec<u8>)> {
        let target = self.here.path().join("tmp").join("seen");
        let _ = fs::remove_dir_all(&target);
        fs::create_dir_all(&target).unwrap();
        let archive = self.git_output(repository, ["archive", "--format=tar", "-o", &target.join("a.tar").to_string_lossy(), branch]);
        assert!(archive.status.success(), "{}", String::from_utf8_lossy(&archive.stderr));
        let tar = Command::new("tar").args(["-xf", "a.tar"]).current_dir(&target).status().unwrap();
        assert!(tar.success());
        fs::remove_file(target.join("a.tar")).unwrap();
        let found = program::files(&target.join(folder));
        fs::remove_dir_all(&target).unwrap();
        found
    }

    /// What a project renders, rendered apart.
    pub fn rendered(&self, project: &str) -> Vec<(String, Vec<u8>)> {
        let target = self.path("tmp").join("rendered-apart");
        let _ = fs::remove_dir_all(&target);
        let target_text = target.to_string_lossy().into_owned();
        let run = self.run(self.oam_command(project, ["render", "-o", &target_text]));
        assert_eq!(run.code, 0, "{}", run.stderr);
        let found = program::files(&target);
        fs::remove_dir_all(&target).unwrap();
        found
    }

    /// Nothing of any run is left in the world.
    pub fn assert_tidy(&self, repositories: &[&str]) {
        let left: Vec<String> = fs::read_dir(self.path("tmp"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|name| name.starts_with("oam-publish-"))
            .collect();
        assert!(left.is_empty(), "left behind: {left:?}");
        for repository in repositories {
            let trees = self.git(repository, ["worktree", "list", "--porcelain"]);
            assert!(!trees.contains("oam-publish-"), "{repository}: {trees}");
        }
    }
}

/// Makes a file executable.
#[cfg(unix)]
pub fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

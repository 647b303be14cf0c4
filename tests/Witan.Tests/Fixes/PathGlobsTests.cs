using Witan.Fixes;

namespace Witan.Tests.Fixes;

public sealed class PathGlobsTests
{
    private static readonly PathGlobs Protected = new(PathGlobs.DefaultProtected);
    private static readonly PathGlobs LockFiles = new(PathGlobs.DefaultLockFiles);

    [Theory]
    [InlineData(".github/workflows/ci.yml")]
    [InlineData(".github/actions/build/action.yml")]
    [InlineData(".gitlab-ci.yml")]
    [InlineData(".circleci/config.yml")]
    [InlineData(".travis.yml")]
    [InlineData("azure-pipelines.release.yml")]
    [InlineData("Jenkinsfile")]
    [InlineData("services/api/Jenkinsfile.nightly")]
    [InlineData("cloudbuild.yaml")]
    [InlineData(".env")]
    [InlineData("services/api/.env")]
    [InlineData(".env.production")]
    [InlineData("certs/server.pem")]
    [InlineData("deploy/id_rsa")]
    [InlineData("home/.ssh/config")]
    [InlineData(".npmrc")]
    [InlineData("config/secrets.yml")]
    [InlineData("k8s/secrets/db.yaml")]
    [InlineData("migrations/0001_init.sql")]
    [InlineData("app/db/migrations/0001_init.py")]
    [InlineData("db/migrate/20250101_add.rb")]
    [InlineData("alembic/versions/abc.py")]
    public void Ci_definitions_secrets_and_migrations_are_protected(string path) => AssertMatches(Protected, path);

    [Theory]
    [InlineData("src/../.github/workflows/x.yml")]
    [InlineData("./.github/./workflows/x.yml")]
    [InlineData("../.github/workflows/x.yml")]
    [InlineData("a/b/../../.github/workflows/x.yml")]
    [InlineData("/.github//workflows/x.yml")]
    [InlineData(@".github\workflows\x.yml")]
    [InlineData(@"src\..\.github\workflows/x.yml")]
    [InlineData(".GITHUB/Workflows/X.YML")]
    [InlineData("DB/MIGRATIONS/1.SQL")]
    [InlineData("src/.Env")]
    [InlineData(" .github/workflows/x.yml")]
    public void Detours_slashes_and_case_do_not_get_round_a_pattern(string path) => AssertMatches(Protected, path);

    [Theory]
    [InlineData(".github/workflows/a\nb.yml")]
    [InlineData("db/migrations/a\nb.sql")]
    [InlineData("a\nb/migrations/c.sql")]
    [InlineData("a\nb/.env")]
    public void A_line_break_in_a_file_name_does_not_get_round_a_pattern(string path) => AssertMatches(Protected, path);

    [Theory]
    [InlineData("src/environment.ts")]
    [InlineData("docs/migrations.md")]
    [InlineData("docs/env.md")]
    [InlineData("src/migrations")]
    [InlineData("src/emigrations/a.cs")]
    [InlineData("src/my.github/workflows/x.yml")]
    [InlineData(".github/ISSUE_TEMPLATE.md")]
    [InlineData("src/monkey.cs")]
    [InlineData("src/Keys.cs")]
    [InlineData("src/xgitlab-ci.yml")]
    [InlineData("docs/cloudbuild.md")]
    [InlineData("src/secretsStore.cs")]
    [InlineData("README.md")]
    [InlineData("")]
    public void Near_misses_are_not_protected(string path) => Assert.Null(Protected.FirstMatch([path]));

    [Theory]
    [InlineData("yarn.lock")]
    [InlineData("rust/Cargo.lock")]
    [InlineData("package-lock.json")]
    [InlineData("web/pnpm-lock.yaml")]
    [InlineData("src/App/packages.lock.json")]
    [InlineData("go.sum")]
    [InlineData("bun.lockb")]
    [InlineData("gradle.lockfile")]
    [InlineData("Web/Package-Lock.JSON")]
    public void Lock_files_are_known(string path) => AssertMatches(LockFiles, path);

    [Theory]
    [InlineData("clock.py")]
    [InlineData("src/lock.cs")]
    [InlineData("package.json")]
    [InlineData("docs/package-lock.json.md")]
    [InlineData("mango.sum")]
    [InlineData("yarn.lock/readme.md")]
    public void Near_misses_are_not_lock_files(string path) => Assert.Null(LockFiles.FirstMatch([path]));

    [Theory]
    [InlineData("src/*.cs", "src/a.cs", true)]
    [InlineData("src/*.cs", "src/deep/a.cs", false)]
    [InlineData("src/**", "src/deep/a.cs", true)]
    [InlineData("src/**/a.cs", "src/a.cs", true)]
    [InlineData("src/**/a.cs", "src/deep/er/a.cs", true)]
    [InlineData("a?.cs", "deep/ab.cs", true)]
    [InlineData("a?.cs", "a.cs", false)]
    [InlineData("a?b", "a/b", false)]
    [InlineData("a.cs", "abcs", false)]
    [InlineData("a+(b).cs", "a+(b).cs", true)]
    public void A_star_stays_in_its_folder_two_stars_do_not_and_the_rest_is_literal(string glob, string path, bool matches) =>
        Assert.Equal(matches, new PathGlobs([glob]).FirstMatch([path]) is not null);

    [Fact]
    public void The_first_path_that_matches_is_named_as_it_was_given() =>
        Assert.Equal(@"a\.env", Protected.FirstMatch(["src/a.cs", @"a\.env", ".npmrc"]));

    [Fact]
    public void No_patterns_match_nothing_and_no_paths_match_no_pattern()
    {
        Assert.Null(new PathGlobs([]).FirstMatch([".env"]));
        Assert.Null(Protected.FirstMatch([]));
    }

    [Fact]
    public void The_patterns_can_be_read_back() => Assert.Equal(["*.lock", "a/**"], new PathGlobs(["*.lock", "a/**"]).Patterns);

    private static void AssertMatches(PathGlobs globs, string path) => Assert.Equal(path, globs.FirstMatch(["README.md", path]));
}

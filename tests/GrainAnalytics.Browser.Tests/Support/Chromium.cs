namespace GrainAnalytics.Browser.Tests.Support;

/// <summary>The browser of the machine.</summary>
internal static class Chromium
{
    private const string Variable = "GRAINANALYTICS_TEST_CHROMIUM";

    /// <summary>Flags that tests in a container need.</summary>
    public static readonly string[] Flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"];

    /// <summary>Its program.</summary>
    public static string Path { get; } = Find();

    private static string Find()
    {
        var named = Environment.GetEnvironmentVariable(Variable);
        if (!string.IsNullOrEmpty(named)) return named;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator);
        return folders.SelectMany(folder => (string[])["chromium", "chromium-browser", "google-chrome"], System.IO.Path.Combine).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"These tests need Chromium: run ./test, which installs it, or set {Variable} to its program.");
    }
}

namespace GrainAnalytics.System.Tests.Support;

/// <summary>Moves the clock of a process, not the one by which it measures durations, as a correction of the machine's clock does.</summary>
internal sealed class FakeTime : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public FakeTime() => Set(TimeSpan.Zero);

    /// <summary>The library that does it; null when it is not installed.</summary>
    public static string? Library { get; } = ((string[])[
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
        "/usr/lib64/faketime/libfaketime.so.1", "/usr/lib/faketime/libfaketime.so.1"]).FirstOrDefault(File.Exists);

    /// <summary>Settings of a process whose clock this is.</summary>
    public (string, string)[] Settings =>
    [
        ("LD_PRELOAD", Library!), ("FAKETIME_TIMESTAMP_FILE", _file), ("FAKETIME_CACHE_DURATION", "1"), ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
    ];

    /// <summary>Moves it, relative to the machine's clock.</summary>
    public void Set(TimeSpan offset)
    {
        // Whole or not at all: the file is read every second.
        File.WriteAllText(_file + ".new", $"{(offset < TimeSpan.Zero ? "-" : "+")}{Math.Abs((long)offset.TotalSeconds)}\n");
        File.Move(_file + ".new", _file, overwrite: true);
    }

    public void Dispose() => File.Delete(_file);
}

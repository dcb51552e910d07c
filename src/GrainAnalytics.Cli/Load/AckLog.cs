using GrainAnalytics.Cli.Commands;

namespace GrainAnalytics.Cli.Load;

/// <summary>The file of acknowledged events. What <see cref="Append"/> returned from is with the operating system: killing
/// this process cannot take it back. (A crash of the machine can; the file is no store.)</summary>
internal sealed class AckLog : IDisposable
{
    private readonly FileStream _file;
    private readonly Lock _gate = new();

    /// <summary>Opens the file, or goes on where an earlier load ended.</summary>
    /// <exception cref="CommandException">It cannot be written.</exception>
    public AckLog(string path) => _file = Guard(path, () =>
    {
        // Unbuffered: a line in a buffer of ours would die with us. Shared for reading only: two loads would mix their lines.
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        file.SetLength(EndOfLastLine(file));
        file.Position = file.Length;
        return file;
    });

    /// <summary>Adds whole lines.</summary>
    /// <exception cref="CommandException">They cannot be written.</exception>
    public void Append(ReadOnlySpan<byte> lines)
    {
        lock (_gate)
        {
            try
            {
                _file.Write(lines);
            }
            catch (IOException e)
            {
                throw new CommandException(ExitCode.Unknown, $"Acknowledged events cannot be recorded in {_file.Name}: {e.Message}");
            }
        }
    }

    public void Dispose() => _file.Dispose();

    // A load that was killed while it wrote leaves half a line; its event was not counted.
    private static long EndOfLastLine(FileStream file)
    {
        for (var at = file.Length; at > 0; at--)
        {
            file.Position = at - 1;
            if (file.ReadByte() == '\n') return at;
        }
        return 0;
    }

    private static FileStream Guard(string path, Func<FileStream> open)
    {
        try
        {
            return open();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new CommandException(ExitCode.Usage, $"--acked {path} cannot be written: {e.Message}");
        }
    }
}

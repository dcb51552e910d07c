using GrainAnalytics.Cli.Commands;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Cli.Verify;

/// <summary>Acknowledged events, from files that <c>load --acked</c> wrote.</summary>
internal sealed class AckedEvents
{
    private readonly Dictionary<string, AckedEvent> _events = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _users = new(StringComparer.Ordinal);

    /// <summary>All of them by id.</summary>
    public IReadOnlyDictionary<string, AckedEvent> ById => _events;

    /// <summary>Their users.</summary>
    public IReadOnlyCollection<string> Users => _users.Keys;

    /// <summary>Reads the files. A last line without its end was being written when the load was killed, and was not counted.</summary>
    /// <exception cref="CommandException">A file cannot be read, or a line in it is no such line.</exception>
    public static AckedEvents Read(IReadOnlyList<string> files)
    {
        var all = new AckedEvents();
        foreach (var file in files)
        {
            try
            {
                all.ReadFile(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new CommandException(ExitCode.Usage, $"{file} cannot be read: {e.Message}");
            }
        }
        return all;
    }

    private void ReadFile(string file)
    {
        var number = 0;
        // The loader may still be writing it.
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var isLastWhole = EndsInNewLine(stream);
        using var lines = new StreamReader(stream);
        for (var line = lines.ReadLine(); line is not null;)
        {
            var next = lines.ReadLine();
            number++;
            if (next is not null || isLastWhole) Add(line, file, number);
            line = next;
        }
    }

    private void Add(string line, string file, int number)
    {
        var columns = line.Split('\t');
        if (columns.Length < 3 || columns[0].Length == 0 || columns[1].Length == 0 || !Instant.TryParse(columns[2], out var occurredAt, out _))
            throw new CommandException(ExitCode.Usage, $"{file}, line {number}: expected id, user and occurredAt (ISO 8601) with tabs between.");
        // Each user's name once in memory, however many events it has.
        if (!_users.TryGetValue(columns[1], out var user)) _users.Add(columns[1], user = columns[1]);
        if (!_events.TryAdd(columns[0], new AckedEvent(user, occurredAt)) && _events[columns[0]] != new AckedEvent(user, occurredAt))
            throw new CommandException(ExitCode.Usage, $"{file}, line {number}: the id {columns[0]} was there before, with another user or time.");
    }

    private static bool EndsInNewLine(FileStream stream)
    {
        if (stream.Length == 0) return false;
        stream.Position = stream.Length - 1;
        var last = stream.ReadByte();
        stream.Position = 0;
        return last == '\n';
    }
}

/// <summary>What was acknowledged of an event.</summary>
/// <param name="User">Whose it is.</param>
/// <param name="OccurredAt">Unix microseconds.</param>
internal sealed record AckedEvent(string User, long OccurredAt);

using System.Buffers.Text;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Cli.Load;

/// <summary>The events of one request, and its body. Sent as often as it takes, always with the same ids.</summary>
internal sealed class EventBatch
{
    private static readonly byte[][] Types = ["page_view"u8.ToArray(), "page_view"u8.ToArray(), "page_view"u8.ToArray(),
        "click"u8.ToArray(), "click"u8.ToArray(), "scroll"u8.ToArray(), "sign_up"u8.ToArray(), "purchase"u8.ToArray()];
    private static readonly byte[] Filler = MakeFiller();

    private readonly LoadSettings _settings;
    private readonly Random _random = new();
    private readonly (Guid Id, int User, long OccurredAt)[] _events;
    private byte[] _body = new byte[4096];
    private int _length;

    public EventBatch(LoadSettings settings)
    {
        _settings = settings;
        _events = new (Guid, int, long)[settings.Shape == LoadShape.Single ? 1 : settings.BatchSize];
    }

    /// <summary>Events that fit.</summary>
    public int Size => _events.Length;

    /// <summary>Events that it has.</summary>
    public int Count { get; private set; }

    /// <summary>The request's body.</summary>
    public ReadOnlyMemory<byte> Body => _body.AsMemory(0, _length);

    /// <summary>Replaces the events by new ones.</summary>
    public void Fill(int count)
    {
        (Count, _length) = (count, 0);
        // Milliseconds, as most senders' clocks have them.
        var now = TimeProvider.System.NowMicroseconds() / 1000 * 1000;
        if (_settings.Shape == LoadShape.Batch) Append("["u8);
        for (var i = 0; i < count; i++)
        {
            var before = _settings.Days == 0 ? 0 : _random.NextInt64(_settings.Days * (Instant.Day / 1000)) * 1000;
            _events[i] = (Guid.NewGuid(), _random.Next(_settings.Users), now - before);
            if (i > 0) Append(_settings.Shape == LoadShape.Ndjson ? "\n"u8 : ","u8);
            AppendEvent(_events[i]);
        }
        if (_settings.Shape == LoadShape.Batch) Append("]"u8);
    }

    /// <summary>Writes a line for an event: id, user, occurredAt, when it was acknowledged, with tabs between.</summary>
    public int WriteLine(int index, long ackedAt, Span<byte> line)
    {
        var (id, user, occurredAt) = _events[index];
        Utf8Formatter.TryFormat(id, line, out var at);
        at += Put("\tuser-"u8, line[at..]);
        Utf8Formatter.TryFormat(user, line[at..], out var digits);
        at += digits;
        line[at++] = (byte)'\t';
        at += Instant.Format(occurredAt, line[at..]);
        line[at++] = (byte)'\t';
        at += Instant.Format(ackedAt, line[at..]);
        line[at++] = (byte)'\n';
        return at;
    }

    /// <summary>Longest line of <see cref="WriteLine"/>, in bytes.</summary>
    public const int MaxLine = 36 + 6 + 11 + 2 * (1 + Instant.MaxLength) + 1;

    private void AppendEvent((Guid Id, int User, long OccurredAt) value)
    {
        Append("{\"eventId\":\""u8);
        Room(64);
        Utf8Formatter.TryFormat(value.Id, _body.AsSpan(_length), out var written);
        _length += written;
        Append("\",\"type\":\""u8);
        Append(Types[_random.Next(Types.Length)]);
        Append("\",\"userId\":\"user-"u8);
        AppendNumber(value.User);
        if (_settings.Sessions > 0)
        {
            Append("\",\"sessionId\":\"session-"u8);
            AppendNumber(SessionOf(value.User));
        }
        Append("\",\"occurredAt\":\""u8);
        Room(Instant.MaxLength);
        _length += Instant.Format(value.OccurredAt, _body.AsSpan(_length));
        Append("\",\"payload\":{\"text\":\""u8);
        var text = Math.Max(0, _settings.PayloadBytes - "{\"text\":\"\"}".Length);
        Append(Filler.AsSpan(_random.Next(4096), text));
        Append("\"}}"u8);
    }

    private int SessionOf(int user)
    {
        var each = _settings.Sessions / _settings.Users;
        return each == 0 ? user % _settings.Sessions : user + _random.Next(each) * _settings.Users;
    }

    private void AppendNumber(int value)
    {
        Room(11);
        Utf8Formatter.TryFormat(value, _body.AsSpan(_length), out var written);
        _length += written;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        Room(bytes.Length);
        _length += Put(bytes, _body.AsSpan(_length));
    }

    private void Room(int bytes)
    {
        if (_body.Length - _length < bytes) Array.Resize(ref _body, Math.Max(2 * _body.Length, _length + bytes));
    }

    private static int Put(ReadOnlySpan<byte> bytes, Span<byte> destination)
    {
        bytes.CopyTo(destination);
        return bytes.Length;
    }

    // Text that compresses about as well as words do; always the same.
    private static byte[] MakeFiller()
    {
        var random = new Random(4);
        var text = new byte[64 * 1024];
        for (var i = 0; i < text.Length; i++) text[i] = (byte)(random.Next(6) == 0 ? ' ' : 'a' + random.Next(26));
        return text;
    }
}

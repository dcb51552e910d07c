using System.Text.Json;

namespace GrainAnalytics.Cli.Load;

/// <summary>What a server said of the events of a request.</summary>
internal sealed class Answer
{
    private readonly List<(int Index, string Code)> _errors = [];

    /// <summary>Events that were stored before this request, or twice in it.</summary>
    public int Duplicates { get; private set; }

    /// <summary>Rows that were refused, with the reason.</summary>
    public IReadOnlyList<(int Index, string Code)> Errors => _errors;

    /// <summary>The explanation of a problem; null when there is none.</summary>
    public string? Detail { get; private set; }

    /// <summary>Reads a body in place of the one before.</summary>
    /// <param name="body">UTF-8.</param>
    /// <param name="events">Events that were sent, all of which a 202 must account for; null for another status.</param>
    /// <returns>False when it is no answer to these events.</returns>
    public bool TryRead(ReadOnlySpan<byte> body, int? events)
    {
        _errors.Clear();
        (Duplicates, Detail) = (0, null);
        try
        {
            var told = ReadMembers(body);
            return events is null || told == events;
        }
        catch (JsonException)
        {
            return false;       // a proxy's page, or an answer that was cut
        }
    }

    private int ReadMembers(ReadOnlySpan<byte> body)
    {
        var told = 0;
        var json = new Utf8JsonReader(body);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return -1;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool isDuplicates = json.ValueTextEquals("duplicates"u8), isCount = isDuplicates || json.ValueTextEquals("accepted"u8) || json.ValueTextEquals("rejected"u8);
            bool isErrors = json.ValueTextEquals("errors"u8), isDetail = json.ValueTextEquals("detail"u8);
            json.Read();
            if (isCount && json.TokenType == JsonTokenType.Number && json.TryGetInt32(out var count))
            {
                told += count;
                if (isDuplicates) Duplicates = count;
            }
            else if (isErrors && json.TokenType == JsonTokenType.StartArray) ReadErrors(ref json);
            else if (isDetail && json.TokenType == JsonTokenType.String) Detail = json.GetString();
            else json.Skip();
        }
        return told;
    }

    private void ReadErrors(ref Utf8JsonReader json)
    {
        while (json.Read() && json.TokenType == JsonTokenType.StartObject)
        {
            var (index, code) = (-1, "");
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                bool isIndex = json.ValueTextEquals("index"u8), isCode = json.ValueTextEquals("code"u8);
                json.Read();
                if (isIndex && json.TokenType == JsonTokenType.Number) json.TryGetInt32(out index);
                else if (isCode && json.TokenType == JsonTokenType.String) code = json.GetString() ?? "";
                else json.Skip();
            }
            _errors.Add((index, code));
        }
    }
}

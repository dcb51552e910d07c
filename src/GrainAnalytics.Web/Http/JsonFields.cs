using System.Text.Json;
using GrainAnalytics.Web.Errors;

namespace GrainAnalytics.Web.Http;

/// <summary>Reads a small JSON object from a request's body and collects what is wrong with all of its members before anything is
/// answered. Names are camelCase; snake_case is taken too.</summary>
internal sealed class JsonFields
{
    private const int MaxBytes = 64 * 1024;

    private readonly Dictionary<string, JsonElement> _members = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private Dictionary<string, string>? _errors;

    private JsonFields()
    {
    }

    /// <summary>Reads the body.</summary>
    public static async Task<JsonFields> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        var fields = new JsonFields();
        if (request.ContentLength > MaxBytes) return fields.Error("body", "must have at most 64 KiB.");
        using var bytes = new MemoryStream();
        var buffer = new byte[4096];
        for (int read; (read = await request.Body.ReadAsync(buffer, cancel)) > 0; bytes.Write(buffer, 0, read))
            if (bytes.Length + read > MaxBytes) return fields.Error("body", "must have at most 64 KiB.");
        try
        {
            using var document = JsonDocument.Parse(bytes.GetBuffer().AsMemory(0, (int)bytes.Length));
            if (document.RootElement.ValueKind != JsonValueKind.Object) return fields.Error("body", "must be a JSON object.");
            foreach (var member in document.RootElement.EnumerateObject())
                if (!fields._members.TryAdd(Camel(member.Name), member.Value.Clone())) fields.Error(Camel(member.Name), "must be given once.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return fields.Error("body", "must be a JSON object in UTF-8.");     // the other one: a name with half a surrogate pair
        }
        return fields;
    }

    /// <summary>True when something was wrong; <see cref="WriteErrorsAsync"/> then answers.</summary>
    public bool HasErrors => _errors is not null || Unknown.Any();

    private bool IsBroken => _errors?.ContainsKey("body") == true;

    private IEnumerable<string> Unknown => _members.Keys.Where(name => !_asked.Contains(name));

    /// <summary>Notes an error; the first one of a member stays.</summary>
    public JsonFields Error(string name, string error)
    {
        (_errors ??= []).TryAdd(name, error);
        return this;
    }

    /// <summary>Answers 400 with every error, members nobody asked for included: a misspelt one must not pass for an absent one.</summary>
    public Task WriteErrorsAsync(HttpContext http)
    {
        foreach (var name in Unknown.ToArray()) Error(name, "is not known here.");
        return Problems.WriteParametersAsync(http, _errors!);
    }

    /// <summary>A whole number between bounds; null when it is null or absent.</summary>
    public long? Number(string name, long least, long most)
    {
        if (Member(name) is not { } value || value.ValueKind == JsonValueKind.Null) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= least && number <= most) return number;
        Error(name, $"must be null or a whole number from {least} to {most}.");
        return null;
    }

    /// <summary>A text; null when absent or wrong.</summary>
    public string? Text(string name)
    {
        try
        {
            if (Member(name) is { ValueKind: JsonValueKind.String } value) return value.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair is no text.
        }
        if (!IsBroken) Error(name, "is required and must be a string.");
        return null;
    }

    private JsonElement? Member(string name)
    {
        _asked.Add(name);
        return _members.TryGetValue(name, out var value) ? value : null;
    }

    private static string Camel(string name) => string.Concat(name.Split('_').Select((word, i) => i == 0 || word.Length == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));
}

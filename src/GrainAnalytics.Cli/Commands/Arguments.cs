using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace GrainAnalytics.Cli.Commands;

/// <summary>Options that commands have in common, and how their values are read.</summary>
internal static class Arguments
{
    private const string UrlVariable = "GRAINANALYTICS_URL", DefaultUrl = "http://127.0.0.1:5080";

    /// <summary>--url, as often as there are servers.</summary>
    public static Setting<Uri[]> Urls() => new("--url", [], "-u")
    {
        Description = $"Address of a server; once for each. Default: the environment variable {UrlVariable}, else {DefaultUrl}.",
        HelpName = "URL",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result => [.. result.Tokens.Select(token => ParseUrl("--url", token.Value, result.AddError)).OfType<Uri>()],
    };

    /// <summary>The servers that --url or its variable names.</summary>
    /// <exception cref="CommandException">The variable names none.</exception>
    public static Uri[] Servers(this ParseResult parsed, Setting<Uri[]> urls)
    {
        if (urls.Of(parsed) is { Length: > 0 } given) return given;
        var text = Environment.GetEnvironmentVariable(UrlVariable) is { Length: > 0 } set ? set : DefaultUrl;
        return [ParseUrl(UrlVariable, text, error => throw new CommandException(ExitCode.Usage, error))!];
    }

    /// <summary>--key, else an environment variable, so that the key need not be visible in the list of processes.</summary>
    public static Setting<string> Key(string variable, string what) =>
        new("--key", "", "-k") { Description = $"{what}. Default: the environment variable {variable}.", HelpName = "KEY" };

    /// <summary>The key that was given, or the variable's.</summary>
    /// <exception cref="CommandException">There is none.</exception>
    public static string Secret(this ParseResult parsed, Setting<string> key, string variable)
    {
        if (key.Of(parsed) is { Length: > 0 } given) return given;
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } set) return set;
        throw new CommandException(ExitCode.Usage, $"{key.Name} is missing; the environment variable {variable} would do as well.");
    }

    /// <summary>--json.</summary>
    public static Setting<bool> Json() => new("--json", false) { Description = "Print the report as one JSON object, for programs." };

    /// <summary>An option with a whole number in a range.</summary>
    public static Setting<int> Number(string name, string description, int least, int most, int standard) => new(name, standard)
    {
        Description = $"{description} Default: {standard}.",
        HelpName = "N",
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most) return value;
            result.AddError($"{name} must be a whole number from {least} to {most}, not \"{result.Tokens[0].Value}\".");
            return standard;
        },
    };

    /// <summary>An option with a duration such as 30s, 1.5m or 2h; a bare number is seconds.</summary>
    public static Setting<TimeSpan> Duration(string name, string description, string standard) => new(name, ParseDuration(standard)!.Value)
    {
        Description = $"{description} Default: {standard}.",
        HelpName = "TIME",
        CustomParser = result =>
        {
            if (ParseDuration(result.Tokens[0].Value) is { } value) return value;
            result.AddError($"{name} must be a duration such as 500ms, 30s, 2m or 1h, not \"{result.Tokens[0].Value}\".");
            return default;
        },
    };

    /// <summary>A duration from text; null when it is none.</summary>
    public static TimeSpan? ParseDuration(string text)
    {
        (string Unit, double Seconds)[] units = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("", 1)];
        var (unit, seconds) = units.First(known => text.EndsWith(known.Unit, StringComparison.Ordinal));
        return double.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            && value * seconds <= TimeSpan.FromDays(365).TotalSeconds ? TimeSpan.FromSeconds(value * seconds) : null;
    }

    private static Uri? ParseUrl(string name, string text, Action<string> refuse)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https") return url;
        refuse($"{name} must be an address such as {DefaultUrl}, not \"{text}\".");
        return null;
    }
}

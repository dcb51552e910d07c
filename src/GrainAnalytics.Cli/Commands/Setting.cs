using System.CommandLine;

namespace GrainAnalytics.Cli.Commands;

/// <summary>An option with a default that its description names. (A default that System.CommandLine knows of is printed in
/// the help as well: a duration in another form, and a key from the environment in plain text.)</summary>
/// <param name="name">With its dashes.</param>
/// <param name="standard">The value when it is not given.</param>
/// <param name="aliases">Other names.</param>
internal sealed class Setting<T>(string name, T standard, params string[] aliases) : Option<T>(name, aliases)
{
    /// <summary>What was given, or the default.</summary>
    public T Of(ParseResult parsed) => parsed.GetResult(this) is null ? standard : parsed.GetValue(this)!;
}

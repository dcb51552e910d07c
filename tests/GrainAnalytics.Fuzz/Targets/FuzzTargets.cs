namespace GrainAnalytics.Fuzz.Targets;

/// <summary>All targets by name.</summary>
internal static class FuzzTargets
{
    /// <summary>Names and what makes an instance.</summary>
    public static IReadOnlyDictionary<string, Func<IFuzzTarget>> All { get; } = new Dictionary<string, Func<IFuzzTarget>>
    {
        ["parser"] = () => new ParserTarget(),
        ["codec"] = () => new CodecTarget(),
        ["json-text"] = () => new JsonTextTarget(),
        ["uuid"] = () => new UuidTarget(),
        ["instant"] = () => new InstantTarget(),
        ["cursor"] = () => new CursorTarget(),
        ["answer"] = () => new AnswerTarget(),
        ["body"] = () => new BodyTarget(),
        ["spool"] = () => new SpoolTarget(),
        ["enrich"] = () => new EnrichTarget(),
    };
}

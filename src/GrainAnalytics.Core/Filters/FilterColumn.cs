namespace GrainAnalytics.Core.Filters;

/// <summary>What a filter can ask of an event.</summary>
public enum FilterColumn
{
    /// <summary>Its type.</summary>
    Type,
    /// <summary>Its user.</summary>
    User,
    /// <summary>Its session.</summary>
    Session,
    /// <summary>Path of its page.</summary>
    Page,
    /// <summary>Host of its page.</summary>
    Host,
    /// <summary>Host that the visitor came from.</summary>
    Referrer,
    /// <summary>utm_source or what stands for it.</summary>
    Source,
    /// <summary>utm_medium or what stands for it.</summary>
    Medium,
    /// <summary>utm_campaign.</summary>
    Campaign,
    /// <summary>utm_term.</summary>
    Term,
    /// <summary>utm_content.</summary>
    Content,
    /// <summary>Group of sources and media.</summary>
    Channel,
    /// <summary>ISO 3166-1 code.</summary>
    Country,
    /// <summary>Language tag.</summary>
    Language,
    /// <summary>Kind of device.</summary>
    Device,
    /// <summary>Name of the browser.</summary>
    Browser,
    /// <summary>Name of the operating system.</summary>
    Os,
    /// <summary>Size of the screen.</summary>
    Screen,
    /// <summary>A member of its payload.</summary>
    Payload,
}

/// <summary>A field of a condition.</summary>
/// <param name="Column">What it is.</param>
/// <param name="Path">Of a payload's member the names that lead to it, outermost first; else empty.</param>
public sealed record FilterField(FilterColumn Column, IReadOnlyList<string> Path)
{
    /// <summary>Names of all fields but the payload's, as filters write them.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Enum.GetNames<FilterColumn>()[..(int)FilterColumn.Payload].Select(name => name.ToLowerInvariant())];

    /// <summary>The column that a name stands for; null for any other name.</summary>
    internal static FilterColumn? Find(string name)
    {
        if (name is "userId") return FilterColumn.User;
        if (name is "sessionId") return FilterColumn.Session;
        for (var i = 0; i < Names.Count; i++) if (Names[i] == name) return (FilterColumn)i;
        return null;
    }
}

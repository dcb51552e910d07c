namespace GrainAnalytics.Core.Rollups;

/// <summary>What events are broken down by. Numbers are stored and never change.</summary>
public enum Dimension
{
    /// <summary>Path of the page.</summary>
    Page = 1,
    /// <summary>Host that linked here.</summary>
    Referrer = 2,
    /// <summary>utm_source, or what stands for it.</summary>
    Source = 3,
    /// <summary>utm_medium, or what stands for it.</summary>
    Medium = 4,
    /// <summary>utm_campaign.</summary>
    Campaign = 5,
    /// <summary>utm_term.</summary>
    Term = 6,
    /// <summary>utm_content.</summary>
    Content = 7,
    /// <summary>Group of sources.</summary>
    Channel = 8,
    /// <summary>Country, two letters.</summary>
    Country = 9,
    /// <summary>Language.</summary>
    Language = 10,
    /// <summary>Kind of device.</summary>
    Device = 11,
    /// <summary>Browser.</summary>
    Browser = 12,
    /// <summary>Operating system.</summary>
    Os = 13,
    /// <summary>Size of the screen.</summary>
    Screen = 14,
    /// <summary>Host of the page.</summary>
    Host = 15,
}

/// <summary>What is counted for each value of a dimension and day.</summary>
public static class DimensionCounts
{
    /// <summary>Places of a page's counts.</summary>
    public const int Events = 0, Views = 1, Entries = 2, Exits = 3, EngagedMs = 4;

    /// <summary>Counts a day: five for pages, events alone for all others.</summary>
    public static int Width(this Dimension dimension) => dimension == Dimension.Page ? 5 : 1;
}

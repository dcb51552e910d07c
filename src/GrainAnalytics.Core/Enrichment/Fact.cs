namespace GrainAnalytics.Core.Enrichment;

/// <summary>What is known of an event beside what its sender said it is: where the visitor came from and what they use.</summary>
/// <remarks>The numbers stand in blocks and in ascending order: new facts get new ones, and a version of the block that knows them.</remarks>
public enum Fact : byte
{
    /// <summary>A crawler sent it. Has no value; being there says it.</summary>
    Bot = 1,
    /// <summary>Milliseconds that the visitor gave their attention to a page; an i32 from 1.</summary>
    EngagedMs = 2,
    /// <summary>Path of the page, as it stands in its address: <c>/docs/a%20b</c>.</summary>
    Path = 3,

    /// <summary>Host of the page, lower case, with the port if it named one.</summary>
    Host = 16,
    /// <summary>Host that the visitor came from, lower case, without <c>www.</c>; another than the page's.</summary>
    Referrer = 17,
    /// <summary>Who sent the visitor: utm_source, else what a click id or the referrer says.</summary>
    Source = 18,
    /// <summary>By what means: utm_medium, else what a click id or the referrer says.</summary>
    Medium = 19,
    /// <summary>utm_campaign.</summary>
    Campaign = 20,
    /// <summary>utm_term.</summary>
    Term = 21,
    /// <summary>utm_content.</summary>
    Content = 22,
    /// <summary>Group of sources and means, such as organic search.</summary>
    Channel = 23,
    /// <summary>Screen in pixels: <c>1920x1080</c>.</summary>
    Screen = 24,
    /// <summary>ISO 3166-1 code, two upper-case letters.</summary>
    Country = 25,
    /// <summary>Language tag: <c>de</c>, <c>pt-BR</c>, <c>zh-Hant-TW</c>.</summary>
    Language = 26,
    /// <summary>Kind of device: desktop, mobile, tablet, tv or console.</summary>
    Device = 27,
    /// <summary>Name of the browser.</summary>
    Browser = 28,
    /// <summary>Name of the operating system.</summary>
    Os = 29,
}

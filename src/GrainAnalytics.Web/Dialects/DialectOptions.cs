namespace GrainAnalytics.Web.Dialects;

/// <summary>Which other products' SDKs may send; section <c>Dialects</c>. The paths of one that is switched off do not exist.</summary>
public sealed class DialectOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Dialects";

    /// <summary>Segment's HTTP API: <c>/v1/track</c>, <c>/v1/batch</c> and the others.</summary>
    /// <value>Default true.</value>
    public bool Segment { get; set; } = true;

    /// <summary>RudderStack's: Segment's paths, <c>/beacon/v1/batch</c>, <c>/pixel/v1/…</c> and <c>/sourceConfig</c>.</summary>
    /// <value>Default true.</value>
    public bool RudderStack { get; set; } = true;

    /// <summary>Jitsu's: <c>/api/s/…</c>.</summary>
    /// <value>Default true.</value>
    public bool Jitsu { get; set; } = true;

    /// <summary>PostHog's: <c>/batch</c>, <c>/e</c>, <c>/i/v0/e</c>, <c>/capture</c>, and <c>/flags</c> and <c>/decide</c>, which name no flag.</summary>
    /// <value>Default true.</value>
    public bool PostHog { get; set; } = true;

    /// <summary>Plausible's: <c>/api/event</c>.</summary>
    /// <value>Default true.</value>
    public bool Plausible { get; set; } = true;

    /// <summary>Umami's: <c>/api/send</c> and <c>/api/batch</c>.</summary>
    /// <value>Default true.</value>
    public bool Umami { get; set; } = true;
}

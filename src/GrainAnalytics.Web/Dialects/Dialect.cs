using GrainAnalytics.Core.Ingestion;

namespace GrainAnalytics.Web.Dialects;

/// <summary>How another product's SDKs speak: their requests become our rows, and our outcome becomes the answer they understand.</summary>
/// <remarks>One object serves all requests of a path, so it holds nothing of any.</remarks>
internal abstract class Dialect
{
    /// <summary>True when somebody without an id is told apart by address and agent: <see cref="DialectRequest.Salt"/> is there then.</summary>
    public virtual bool NamesVisitors => false;

    /// <summary>The key in a request's head; null where the text names the site.</summary>
    public virtual string? KeyOf(HttpRequest request) => null;

    /// <summary>The key to try when nobody has that one; null for none.</summary>
    public virtual string? SecondKeyOf(HttpRequest request) => null;

    /// <summary>Sees a request before anything else is done.</summary>
    public virtual IngestOutcome Unwrap(DialectRequest request) => IngestOutcome.Accepted;

    /// <summary>Adds what the text calls the sites that its events are for.</summary>
    /// <exception cref="System.Text.Json.JsonException">The text is no well-formed JSON.</exception>
    public virtual IngestOutcome FindSites(DialectRequest request, List<string> names) => IngestOutcome.Accepted;

    /// <summary>Writes a row for each event of the text, or of those for <see cref="DialectRequest.SiteName"/>.</summary>
    /// <returns>Accepted; or MalformedBody or TooManyEvents.</returns>
    /// <exception cref="System.Text.Json.JsonException">The text is no well-formed JSON.</exception>
    public abstract IngestOutcome Translate(DialectRequest request);

    /// <summary>Tells that the events were taken. Rejected ones are among the dead letters; there is nobody to tell of them.</summary>
    public abstract void WriteAccepted(HttpResponse response, DialectRequest request, DialectResult result);

    /// <summary>Tells that nothing was taken. Headers about when to try again are set already.</summary>
    /// <param name="http">The request.</param>
    /// <param name="outcome">Why.</param>
    /// <param name="status">Its HTTP status at POST /v1/events.</param>
    /// <param name="detail">Why, for people.</param>
    public abstract void WriteRefused(HttpContext http, IngestOutcome outcome, int status, string detail);
}

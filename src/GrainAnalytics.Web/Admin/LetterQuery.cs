using GrainAnalytics.Core.DeadLetters;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Web.Http;

namespace GrainAnalytics.Web.Admin;

/// <summary>Reads which dead letters a request is about.</summary>
internal static class LetterQuery
{
    // The last is of events that waited in a spool while their site went away.
    private static readonly string[] Reasons = [.. Enum.GetValues<IngestOutcome>().Where(outcome => outcome.IsRowRefusal()).Select(outcome => outcome.Code()), "unknown-site"];

    /// <summary>reason, site, from and to.</summary>
    public static LetterFilter Filter(QueryParameters parameters)
    {
        var reason = parameters.Text("reason");
        if (reason is not null && !Reasons.Contains(reason)) parameters.Error("reason", $"must be one of {string.Join(", ", Reasons)}.");
        var site = parameters.Number("site", 1, int.MaxValue, 0);
        var from = parameters.Time("from", atDayEnd: false) ?? long.MinValue;
        var to = parameters.Time("to", atDayEnd: true) ?? long.MaxValue;
        if (from > to) parameters.Error("from", "must not lie after to.");
        return new LetterFilter(reason, site == 0 ? null : site, from, to);
    }

    /// <summary>The same for what changes letters: nobody shall mean some and hit all by a forgotten parameter.</summary>
    public static LetterFilter FilterOrAll(QueryParameters parameters)
    {
        var filter = Filter(parameters);
        var all = parameters.Text("all");
        if (all is not (null or "true")) parameters.Error("all", "must be true.");
        else if (all is null == (filter == new LetterFilter()))
            parameters.Error("all", all is null ? "must be true, or reason, site, from or to be given." : "must not be given with reason, site, from or to.");
        return filter;
    }

    /// <summary>The letter that a cursor names; null without one.</summary>
    public static long? Cursor(QueryParameters parameters)
    {
        if (parameters.Text("cursor") is not { } text) return null;
        if (TryParseId(text, out var id)) return id;
        parameters.Error("cursor", "must be the nextCursor of an earlier answer.");
        return null;
    }

    /// <summary>Reads a letter's number.</summary>
    public static bool TryParseId(string? text, out long id) =>
        long.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out id);
}

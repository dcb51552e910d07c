using System.Text.Json;
using GrainAnalytics.Core.DeadLetters;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Web.Errors;
using GrainAnalytics.Web.Http;
using GrainAnalytics.Web.Operations;

namespace GrainAnalytics.Web.Admin;

/// <summary>/v1/admin/dead-letters: what was set aside, and trying it again.</summary>
internal static class DeadLettersApi
{
    private const string All = "/v1/admin/dead-letters", One = All + "/{id}";

    // A bulk retry begins no more letters after the first of these, and has ended by the second.
    private static readonly TimeSpan RetryFor = TimeSpan.FromSeconds(10), RetryTimeout = TimeSpan.FromSeconds(20);

    public static void MapDeadLetters(this IEndpointRouteBuilder routes)
    {
        var guard = routes.Service<OperatorGuard>();
        var handler = new Handler(routes.Service<IDeadLetterStore>(), routes.Service<LetterRetry>(), routes.Service<DeadLetterMetrics>());
        routes.MapRead(All, AdminEndpoint.Create(guard, handler.ListAsync)).WithKind(EndpointKind.Admin).WithMetadata(DeadLetterDescriptions.List);
        routes.MapRead(One, AdminEndpoint.Create(guard, handler.FindAsync)).WithKind(EndpointKind.Admin).WithMetadata(DeadLetterDescriptions.Find);
        routes.MapPost(One + "/retry", AdminEndpoint.Create(guard, handler.RetryAsync)).WithKind(EndpointKind.Admin).WithMetadata(DeadLetterDescriptions.Retry);
        routes.MapPost(All + "/retry", AdminEndpoint.Create(guard, handler.RetryManyAsync, RetryTimeout)).WithKind(EndpointKind.Admin)
            .WithMetadata(DeadLetterDescriptions.RetryMany);
        routes.MapDelete(One, AdminEndpoint.Create(guard, handler.DeleteAsync)).WithKind(EndpointKind.Admin).WithMetadata(DeadLetterDescriptions.Delete);
        routes.MapDelete(All, AdminEndpoint.Create(guard, handler.DeleteManyAsync, RetryTimeout)).WithKind(EndpointKind.Admin)
            .WithMetadata(DeadLetterDescriptions.DeleteMany);
    }

    private sealed class Handler(IDeadLetterStore store, LetterRetry retry, DeadLetterMetrics metrics)
    {
        // A page of large rows is shorter than was asked for.
        private const int PageBytes = 4 * 1024 * 1024;

        public async Task ListAsync(HttpContext http, CancellationToken cancel)
        {
            var parameters = new QueryParameters(http.Request);
            var filter = LetterQuery.Filter(parameters);
            var (before, limit) = (LetterQuery.Cursor(parameters), parameters.Number("limit", 1, 200, 50));
            if (parameters.HasErrors)
            {
                await parameters.WriteErrorsAsync(http);
                return;
            }
            var (letters, hasMore) = await store.ListAsync(filter, before, limit, PageBytes, cancel);
            Write(http, json =>
            {
                json.WriteNumber("count"u8, letters.Count);
                json.WriteStartArray("letters"u8);
                foreach (var letter in letters)
                {
                    json.WriteStartObject();
                    LetterJson.Write(json, letter);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                json.WriteString("nextCursor"u8, hasMore ? letters[^1].Id.ToString() : null);
            });
        }

        public async Task FindAsync(HttpContext http, CancellationToken cancel)
        {
            if (await LetterAsync(http, cancel) is { } letter) Write(http, json => LetterJson.Write(json, letter));
        }

        public async Task RetryAsync(HttpContext http, CancellationToken cancel)
        {
            if (await LetterAsync(http, cancel) is not { } letter) return;
            var (outcome, detail) = await retry.RetryAsync(letter, cancel);
            if (outcome is not { } became)
            {
                // One that went meanwhile, retried by another or erased with its user, is simply not there.
                if (await LetterAsync(http, cancel) is not null) await Problems.WriteAsync(http, 409, "not-retriable", detail);
            }
            else if (became.IsRequestRefusal()) await WriteRefusalAsync(http, became);
            else
                Write(http, json =>
                {
                    json.WriteNumber("id"u8, letter.Id);
                    json.WriteString("outcome"u8, became.Code());
                    json.WriteString("detail"u8, detail);
                    json.WriteBoolean("isRemoved"u8, !became.IsRowRefusal());
                });
        }

        public async Task RetryManyAsync(HttpContext http, CancellationToken cancel)
        {
            var parameters = new QueryParameters(http.Request);
            var filter = LetterQuery.FilterOrAll(parameters);
            var (after, limit) = (LetterQuery.Cursor(parameters) ?? 0, parameters.Number("limit", 1, 10_000, 1000));
            if (parameters.HasErrors)
            {
                await parameters.WriteErrorsAsync(http);
                return;
            }
            var done = await retry.RetryAsync(filter, after, limit, RetryFor, cancel);
            Write(http, json =>
            {
                json.WriteNumber("stored"u8, done.Stored);
                json.WriteNumber("duplicates"u8, done.Duplicates);
                json.WriteNumber("refused"u8, done.Refused);
                json.WriteNumber("skipped"u8, done.Skipped);
                json.WriteString("stopped"u8, done.Stopped?.Code());
                json.WriteString("nextCursor"u8, done.Next?.ToString());
            });
        }

        public async Task DeleteAsync(HttpContext http, CancellationToken cancel)
        {
            if (LetterQuery.TryParseId((string?)http.Request.RouteValues["id"], out var id) && await store.DeleteAsync(id, cancel)) WriteDeleted(http, 1);
            else await WriteUnknownAsync(http);
        }

        public async Task DeleteManyAsync(HttpContext http, CancellationToken cancel)
        {
            var parameters = new QueryParameters(http.Request);
            var filter = LetterQuery.FilterOrAll(parameters);
            if (parameters.HasErrors) await parameters.WriteErrorsAsync(http);
            else WriteDeleted(http, await store.DeleteAsync(filter, cancel));
        }

        private async Task<StoredLetter?> LetterAsync(HttpContext http, CancellationToken cancel)
        {
            if (LetterQuery.TryParseId((string?)http.Request.RouteValues["id"], out var id) && await store.FindAsync(id, cancel) is { } letter) return letter;
            await WriteUnknownAsync(http);
            return null;
        }

        private void WriteDeleted(HttpContext http, long letters)
        {
            metrics.Deleted(letters);
            Write(http, json => json.WriteNumber("deleted"u8, letters));
        }

        private static Task WriteUnknownAsync(HttpContext http) =>
            Problems.WriteAsync(http, 404, "unknown-dead-letter", "There is no dead letter of this number, or no longer.");

        private static Task WriteRefusalAsync(HttpContext http, IngestOutcome outcome)
        {
            var (status, detail) = IngestProblems.Of(outcome);
            return Problems.WriteAsync(http, status, outcome.Code(), $"{detail} The dead letter is still there.");
        }

        private static void Write(HttpContext http, Action<Utf8JsonWriter> members)
        {
            http.Response.ContentType = "application/json";
            JsonReply.Write(http.Response, members, static (json, write) => write(json));
        }
    }
}

using System.Text.Json;
using GrainAnalytics.Core.Signing;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Web.Errors;
using GrainAnalytics.Web.Http;
using GrainAnalytics.Web.Operations;

namespace GrainAnalytics.Web.Admin;

/// <summary>POST /v1/admin/signing: what a key's requests are signed with.</summary>
internal static class SigningApi
{
    private const int MaxBodyBytes = 4096;

    public static void MapSigning(this IEndpointRouteBuilder routes)
    {
        var handler = new Handler(routes.Service<IKeySigning>(), routes.Service<ISiteDirectory>(), routes.Service<ISiteRegistry>());
        routes.MapPost("/v1/admin/signing", AdminEndpoint.Create(routes.Service<OperatorGuard>(), handler.SetAsync)).WithKind(EndpointKind.Admin)
            .WithMetadata(SigningDescription.Set);
    }

    private sealed class Handler(IKeySigning signing, ISiteDirectory sites, ISiteRegistry registry)
    {
        public async Task SetAsync(HttpContext http, CancellationToken cancel)
        {
            var errors = new Dictionary<string, string>();
            if (await ReadAsync(http, errors, cancel) is not { } wanted)
            {
                await Problems.WriteParametersAsync(http, errors);
                return;
            }
            KeySigning? now = null;
            var isKnown = wanted.Mode == "off"
                ? await signing.TurnOffAsync(wanted.Key, cancel)
                : (now = await signing.TurnOnAsync(wanted.Key, wanted.Mode == "required", wanted.IsNew, cancel)) is not null;
            if (!isKnown)
            {
                await Problems.WriteAsync(http, 404, "unknown-key", "No site has this key.");
                return;
            }
            if (await sites.FindAsync(wanted.Key, cancel) is { } access) await registry.AnnounceAsync(access.Site.Id, cancel);
            http.Response.ContentType = "application/json";
            JsonReply.Write(http.Response, (wanted.Mode, now?.Secret), static (json, answer) =>
            {
                json.WriteString("mode"u8, answer.Mode);
                json.WriteString("secret"u8, answer.Secret);
            });
        }

        // The key stands in the body, because addresses end up in logs.
        private static async Task<Wanted?> ReadAsync(HttpContext http, Dictionary<string, string> errors, CancellationToken cancel)
        {
            var bytes = new byte[MaxBodyBytes + 1];
            var length = await http.Request.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancel);
            try
            {
                using var body = JsonDocument.Parse(bytes.AsMemory(0, Math.Min(length, MaxBodyBytes)));
                if (body.RootElement.ValueKind == JsonValueKind.Object) return Read(body.RootElement, errors);
            }
            catch (JsonException)
            {
                // Said below, together with what is JSON and no object.
            }
            errors["body"] = $"must be a JSON object of at most {MaxBodyBytes} bytes.";
            return null;
        }

        private static Wanted? Read(JsonElement body, Dictionary<string, string> errors)
        {
            var key = Text(body, "key") ?? "";
            if (key.Length is 0 or > 200) errors["key"] = "must be the key itself, 1 to 200 characters.";
            var mode = Text(body, "mode");
            if (mode is not ("off" or "optional" or "required")) errors["mode"] = "must be off, optional or required.";
            var isNew = false;
            if (body.TryGetProperty("newSecret", out var given))
            {
                if (given.ValueKind is JsonValueKind.True or JsonValueKind.False) isNew = given.GetBoolean();
                else errors["newSecret"] = "must be true or false.";
            }
            return errors.Count > 0 ? null : new Wanted(key, mode!, isNew);
        }

        private static string? Text(JsonElement body, string name)
        {
            try
            {
                return body.TryGetProperty(name, out var given) && given.ValueKind == JsonValueKind.String ? given.GetString() : null;
            }
            catch (InvalidOperationException)
            {
                return null;        // half of a surrogate pair: no text
            }
        }

        private sealed record Wanted(string Key, string Mode, bool IsNew);
    }
}

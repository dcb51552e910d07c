using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests;

/// <summary>A server without an operator's token.</summary>
public sealed class TokenlessServer : ServerFixture
{
    protected override IEnumerable<string> Settings => ["--Bootstrap:AdminToken="];
}

public static class AdminPaths
{
    /// <summary>Every endpoint of administration.</summary>
    public static TheoryData<string, string> All => new()
    {
        { "GET", "/v1/admin/dead-letters" }, { "GET", "/v1/admin/dead-letters/1" }, { "POST", "/v1/admin/dead-letters/1/retry" },
        { "POST", "/v1/admin/dead-letters/retry?all=true" }, { "DELETE", "/v1/admin/dead-letters/1" }, { "DELETE", "/v1/admin/dead-letters?all=true" },
        { "POST", "/v1/admin/signing" },
        { "GET", "/v1/admin/sites" }, { "GET", "/v1/admin/sites/1" }, { "PUT", "/v1/admin/sites/1/quota" },
        { "POST", "/v1/admin/sites/1/keys" }, { "DELETE", "/v1/admin/sites/1/keys/00" },
        { "GET", "/v1/admin/sites/1/retention" }, { "PUT", "/v1/admin/sites/1/retention" }, { "PUT", "/v1/admin/sites/1/time-zone" },
        { "GET", "/v1/admin/jobs" }, { "GET", "/v1/admin/jobs/1" }, { "POST", "/v1/admin/jobs" }, { "POST", "/v1/admin/jobs/1/retry" }, { "POST", "/v1/admin/jobs/1/cancel" },
        { "DELETE", "/v1/users/u" }, { "DELETE", "/v1/users?userId=u" }, { "DELETE", "/v1/users/profile?userId=u" },
    };
}

public sealed class AdminAccessTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Theory, MemberData(nameof(AdminPaths.All), MemberType = typeof(AdminPaths))]
    public async Task Administration_needs_the_operators_token(string method, string path)
    {
        foreach (var (client, status, code) in new[]
                 { (server.Anyone, 401, "operator-token-required"), (server.Writer, 403, "site-key-is-no-operator"), (server.Reader, 403, "site-key-is-no-operator") })
        {
            using var response = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
            await response.ProblemAsync(status, code);
        }
        foreach (var wrong in new[] { "Bearer wrong", $"Bearer {ServerFixture.AdminToken}x", $"Bearer {ServerFixture.AdminToken[..^1]}", $"Basic {ServerFixture.AdminToken}", "Bearer", "Bearer " })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            request.Headers.TryAddWithoutValidation("Authorization", wrong);
            using var response = await server.Anyone.SendAsync(request);
            await response.ProblemAsync(401, "operator-token-required");
        }
        // Only where it ends up in no log.
        foreach (var address in new[] { $"writeKey={ServerFixture.AdminToken}", $"token={ServerFixture.AdminToken}" })
        {
            using var response = await server.Anyone.SendAsync(new HttpRequestMessage(new HttpMethod(method), path + (path.Contains('?') ? "&" : "?") + address));
            await response.ProblemAsync(401, "operator-token-required");
        }
    }

    [Fact]
    public async Task Every_endpoint_of_administration_is_among_them()
    {
        // Whatever is under /v1/admin, and whatever else changes something that only operators may.
        var paths = (await server.Anyone.GetJsonAsync("/api-docs.json"))["paths"]!.AsObject();
        Assert.Equal(AdminPaths.All.Count(), paths.Sum(path => path.Value!.AsObject().Count(operation =>
            path.Key.StartsWith("/v1/admin", StringComparison.Ordinal) || path.Key.StartsWith("/v1/", StringComparison.Ordinal) && operation.Key == "delete")));
    }
}

public sealed class TokenlessAdminTests(TokenlessServer server) : IClassFixture<TokenlessServer>
{
    [Theory, MemberData(nameof(AdminPaths.All), MemberType = typeof(AdminPaths))]
    public async Task Without_an_operators_token_nobody_administers(string method, string path)
    {
        foreach (var client in new[] { server.Anyone, server.Reader })
        {
            using var response = await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
            await response.ProblemAsync(403, "operator-token-not-set");
        }
        using var empty = new HttpRequestMessage(new HttpMethod(method), path);
        empty.Headers.TryAddWithoutValidation("Authorization", "Bearer ");
        using var refused = await server.Anyone.SendAsync(empty);
        await refused.ProblemAsync(403, "operator-token-not-set");
    }
}

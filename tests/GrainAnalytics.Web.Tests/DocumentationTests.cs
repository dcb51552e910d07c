using System.Text.Json.Nodes;
using GrainAnalytics.Web.Dialects;
using GrainAnalytics.Web.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace GrainAnalytics.Web.Tests;

public sealed class DocumentationTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    // The start page's files, the beacon scripts and the files behind /api-docs are no API.
    private static readonly string[] Pages = ["/", "/page.css", "/page.js", "/tracker.js", "/tracker-highlevel.js", "/api-docs/{**file}"];

    [Fact]
    public async Task Every_route_is_described()
    {
        var paths = (await server.Anyone.GetJsonAsync("/api-docs.json"))["paths"]!.AsObject();
        var routes = server.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<DialectPath>() is null)
            .Select(endpoint => (Path: "/" + endpoint.RoutePattern.RawText!.Trim('/'), endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods))
            .Where(route => !Pages.Contains(route.Path)).ToList();
        Assert.True(routes.Count > 10);
        foreach (var (path, methods) in routes)
        {
            var item = Assert.IsType<JsonObject>(paths[path]);
            // HEAD goes with GET, and OPTIONS is not worth a word.
            foreach (var method in methods.Except(["HEAD", "OPTIONS"])) Assert.True(item.ContainsKey(method.ToLowerInvariant()), $"{method} {path}");
        }
    }

    [Fact]
    public async Task Every_operation_has_a_summary_a_schema_and_examples()
    {
        var document = await server.Anyone.GetJsonAsync("/api-docs.json");
        Assert.StartsWith("3.", (string?)document["openapi"]);
        Assert.NotEmpty(document["components"]!["securitySchemes"]!.AsObject());
        var ids = new HashSet<string>();
        foreach (var (path, item) in document["paths"]!.AsObject())
            foreach (var (method, operation) in item!.AsObject())
            {
                var place = $"{method} {path}";
                Assert.True(ids.Add((string)operation!["operationId"]!), place);
                Assert.False(string.IsNullOrEmpty((string?)operation["summary"]), place);
                var successes = operation["responses"]!.AsObject().Where(response => response.Key.StartsWith('2')).Select(response => response.Value!).ToArray();
                Assert.NotEmpty(successes);
                var contents = successes.SelectMany(success => success["content"]!.AsObject()).Concat(operation["requestBody"]?["content"]?.AsObject() ?? []);
                foreach (var (type, content) in contents)
                {
                    Assert.True(content!["schema"] is not null, $"{place} {type}");
                    Assert.True(content["example"] is not null, $"{place} {type}");
                }
                foreach (var parameter in operation["parameters"]?.AsArray() ?? []) Assert.True(parameter!["example"] is not null, $"{place} {parameter["name"]}");
                if (path.StartsWith("/v1/", StringComparison.Ordinal)) Assert.True(operation["security"] is JsonArray { Count: > 0 }, place);
                foreach (var part in path.Split('/').Where(part => part.StartsWith('{')))
                    Assert.Contains(operation["parameters"]!.AsArray(), p => (string)p!["name"]! == part.Trim('{', '}') && (string)p["in"]! == "path");
            }
    }

    [Fact]
    public async Task References_lead_somewhere()
    {
        var document = await server.Anyone.GetJsonAsync("/api-docs.json");
        foreach (var target in References(document).Distinct())
        {
            var found = target.TrimStart('#', '/').Split('/').Aggregate((JsonNode?)document, (node, name) => node?[name]);
            Assert.True(found is not null, target);
        }
    }

    [Fact]
    public async Task Example_of_a_request_is_accepted()
    {
        var document = await server.Anyone.GetJsonAsync("/api-docs.json");
        foreach (var (type, content) in document["paths"]!["/v1/events"]!["post"]!["requestBody"]!["content"]!.AsObject())
        {
            var example = content!["example"]!;
            using var response = await server.Writer.PostAsync(example is JsonValue ? (string)example! : example.ToJsonString(), type);
            Assert.Equal(202, (int)response.StatusCode);
        }
    }

    [Fact]
    public async Task Pages_are_served_from_the_program_itself()
    {
        using var response = await server.Anyone.GetAsync("/api-docs");
        Assert.EndsWith("api-docs/index.html", response.Headers.Location!.ToString());
        var page = await server.Anyone.GetStringAsync("/api-docs/index.html");
        Assert.DoesNotContain("https://", page);
        Assert.Contains("/api-docs.json", await server.Anyone.GetStringAsync("/api-docs/index.js"));
        Assert.NotEmpty(await server.Anyone.GetByteArrayAsync("/api-docs/swagger-ui-bundle.js"));
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(member => member.Key == "$ref" ? [(string)member.Value!] : References(member.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };
}

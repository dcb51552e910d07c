using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace GrainAnalytics.Cli.Output;

/// <summary>Reports as JSON on standard output.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.Strict,
    };

    public static void Print<T>(T report) => Console.Out.WriteLine(JsonSerializer.Serialize(report, Options));
}

using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace GrainAnalytics.Web.Telemetry;

/// <summary>Keeps the text of the newest collection until it is taken.</summary>
internal sealed class PrometheusExporter : BaseExporter<Metric>
{
    private byte[] _text = [];

    public override ExportResult Export(in Batch<Metric> batch)
    {
        var text = new PrometheusText();
        // Metrics of the same name from several meters make one family, which must stand together under one TYPE.
        var families = new SortedDictionary<string, List<Metric>>(StringComparer.Ordinal);
        foreach (var metric in batch)
        {
            var name = PrometheusText.NameOf(metric);
            if (!families.TryGetValue(name, out var family)) families[name] = family = [];
            if (family.Count == 0 || family[0].MetricType == metric.MetricType) family.Add(metric);
        }
        foreach (var (name, family) in families) text.Append(name, family);
        _text = text.ToBytes();
        return ExportResult.Success;
    }

    /// <summary>The text of the newest collection.</summary>
    public byte[] TakeText() => _text;
}

using System.Globalization;
using System.Text;
using OpenTelemetry.Metrics;

namespace GrainAnalytics.Web.Telemetry;

/// <summary>Prometheus' text format, version 0.0.4.</summary>
internal sealed class PrometheusText
{
    private readonly StringBuilder _text = new(16 * 1024);

    /// <summary>The name of a metric: dots become underscores, then comes the unit, unless the name has it or it only
    /// says what is counted ("{event}"), then _total for counters.</summary>
    public static string NameOf(Metric metric)
    {
        var name = Clean(metric.Name);
        var unit = metric.Unit switch
        {
            "s" => "_seconds",
            "ms" => "_milliseconds",
            "By" => "_bytes",
            "%" => "_percent",
            _ => "",
        };
        if (unit.Length > 0 && !name.Contains(unit, StringComparison.Ordinal)) name += unit;
        return IsCounter(metric) && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    /// <summary>Adds a family: HELP, TYPE and every series of it.</summary>
    public void Append(string name, IReadOnlyList<Metric> family)
    {
        var first = family[0];
        _text.Append("# HELP ").Append(name).Append(' ').Append(first.Description.Replace("\\", "\\\\").Replace("\n", "\\n")).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(first.MetricType == MetricType.Histogram ? " histogram\n" : IsCounter(first) ? " counter\n" : " gauge\n");
        foreach (var metric in family)
            foreach (ref readonly var point in metric.GetMetricPoints())
            {
                var labels = Labels(point);
                switch (metric.MetricType)
                {
                    case MetricType.Histogram: AppendHistogram(name, labels, point); break;
                    case MetricType.LongSum or MetricType.LongSumNonMonotonic: AppendSeries(name, "", labels, Number(point.GetSumLong())); break;
                    case MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic: AppendSeries(name, "", labels, Number(point.GetSumDouble())); break;
                    case MetricType.LongGauge: AppendSeries(name, "", labels, Number(point.GetGaugeLastValueLong())); break;
                    case MetricType.DoubleGauge: AppendSeries(name, "", labels, Number(point.GetGaugeLastValueDouble())); break;
                }
            }
    }

    /// <summary>The whole text.</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes(_text.ToString());

    private void AppendHistogram(string name, string labels, in MetricPoint point)
    {
        var below = 0L;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            below += bucket.BucketCount;
            AppendSeries(name, "_bucket", Join(labels, $"le=\"{Number(bucket.ExplicitBound)}\""), Number(below));
        }
        AppendSeries(name, "_sum", labels, Number(point.GetHistogramSum()));
        AppendSeries(name, "_count", labels, Number(point.GetHistogramCount()));
    }

    private void AppendSeries(string name, string suffix, string labels, string value)
    {
        _text.Append(name).Append(suffix);
        if (labels.Length > 0) _text.Append('{').Append(labels).Append('}');
        _text.Append(' ').Append(value).Append('\n');
    }

    private static string Labels(in MetricPoint point)
    {
        var labels = "";
        foreach (var (key, value) in point.Tags)
        {
            var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            labels = Join(labels, $"{Clean(key)}=\"{text.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")}\"");
        }
        return labels;
    }

    private static string Join(string labels, string label) => labels.Length == 0 ? label : $"{labels},{label}";

    private static bool IsCounter(Metric metric) => metric.MetricType is MetricType.LongSum or MetricType.DoubleSum;

    private static string Clean(string name) =>
        string.Create(name.Length, name, static (to, from) =>
        {
            for (var i = 0; i < from.Length; i++) to[i] = char.IsAsciiLetterOrDigit(from[i]) || from[i] == ':' ? from[i] : '_';
        });

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);
}

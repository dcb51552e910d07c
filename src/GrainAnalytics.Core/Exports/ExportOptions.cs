using System.ComponentModel.DataAnnotations;

namespace GrainAnalytics.Core.Exports;

/// <summary>Limits of exports; section <c>Export</c>.</summary>
public sealed class ExportOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Export";

    /// <summary>Exports at a time on this server; more get 503 and Retry-After. Each holds a connection to the database while its client reads swiftly.</summary>
    /// <value>Default 2; at most 8, because statistics have 10 connections for all.</value>
    [Range(1, 8)]
    public int MaxAtOnce { get; set; } = 2;
}

using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Rollups;

/// <summary>What a visit came from and used, as values of dimensions.</summary>
internal static class ContextValues
{
    public static IReadOnlyList<(Dimension, Utf8Text)> Read(Utf8Text context) => [];
}

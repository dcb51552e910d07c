using System.Text;

namespace GrainAnalytics.Web.Dialects.Json;

/// <summary>The names of an object's members that somebody wants to know, in the order in which they are then found.</summary>
internal sealed class JsonNames(params string[] names)
{
    private readonly byte[][] _names = [.. names.Select(Encoding.UTF8.GetBytes)];

    public int Count => _names.Length;

    /// <summary>The place of a name, or -1.</summary>
    /// <param name="name">As it stands in the text. No SDK escapes its names, and one that does is not understood.</param>
    public int IndexOf(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < _names.Length; i++)
            if (_names[i].AsSpan().SequenceEqual(name)) return i;
        return -1;
    }
}

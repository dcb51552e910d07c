using System.Security.Cryptography;
using System.Text;
using GrainAnalytics.Core.Events;

namespace GrainAnalytics.Fuzz.Model;

/// <summary>What decides whether two ids are the same.</summary>
internal static class KeyModel
{
    /// <summary>A UUID's own bits, else the first half of the SHA-256.</summary>
    public static EventKey Of(string id) => EventKey.FromGuid(TimeModel.IsUuid(id)
        ? Guid.ParseExact(id, "D")
        : new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(id)).AsSpan(0, 16), bigEndian: true));
}

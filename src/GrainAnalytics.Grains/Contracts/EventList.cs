using GrainAnalytics.Core.Events;

namespace GrainAnalytics.Grains.Contracts;

/// <summary>Events on their way through a grain call: inside a process the blocks themselves, on the wire one after the other.</summary>
/// <param name="Events">The events; never changed.</param>
[Immutable]
public sealed record EventList(IReadOnlyList<EncodedEvent> Events);

/// <summary>An <see cref="EventList"/> on the wire.</summary>
[GenerateSerializer, Alias("ga.event-list.v1")]
public struct EventListWire
{
    /// <summary>The blocks, each of which says how long it is.</summary>
    [Id(0)] public byte[] Blocks;
}

/// <summary>Packs and unpacks the blocks.</summary>
[RegisterConverter]
public sealed class EventListConverter : IConverter<EventList, EventListWire>
{
    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The bytes are no event blocks of a version that this program knows.</exception>
    public EventList ConvertFromSurrogate(in EventListWire surrogate)
    {
        var events = new List<EncodedEvent>();
        for (var at = 0; at < surrogate.Blocks.Length;)
        {
            if (!EventEncoder.TryDecode(surrogate.Blocks, at, out var decoded))
                throw new InvalidDataException($"Byte {at} of {surrogate.Blocks.Length} begins no event block that this version knows.");
            events.Add(decoded);
            at += decoded.Size;
        }
        return new EventList(events);
    }

    /// <inheritdoc/>
    public EventListWire ConvertToSurrogate(in EventList value)
    {
        var size = 0;
        foreach (var each in value.Events) size += each.Size;
        var blocks = GC.AllocateUninitializedArray<byte>(size);
        var at = 0;
        foreach (var each in value.Events)
        {
            var block = each.Block.Span;
            block.CopyTo(blocks.AsSpan(at));
            at += block.Length;
        }
        return new EventListWire { Blocks = blocks };
    }
}

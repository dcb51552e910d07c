using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace GrainAnalytics.Grains.Placement;

/// <summary>Places user grains where <see cref="Rendezvous"/> says, so that a front silo can tell without asking which silo
/// to send a user's events to.</summary>
internal sealed class UserPlacement : PlacementStrategy;

/// <summary>Marks a grain class for <see cref="UserPlacement"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class UserPlacementAttribute() : PlacementAttribute(new UserPlacement());

internal sealed class UserPlacementDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        // A hint comes with an activation that moves.
        return Task.FromResult(IPlacementDirector.GetPlacementHint(target.RequestContextData, silos)
            ?? Rendezvous.Pick(silos, target.GrainIdentity.Key.AsSpan()));
    }
}

namespace Witan.Fixes;

/// <summary>What Witan says about a proposed fix.</summary>
public enum Decision
{
    /// <summary>Apply it without a human.</summary>
    AutoApply,

    /// <summary>Have a person look at it first.</summary>
    Review,

    /// <summary>Put it to a vote of agents.</summary>
    Escalate,
}

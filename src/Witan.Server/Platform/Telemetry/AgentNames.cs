namespace Witan.Server.Platform.Telemetry;

/// <summary>
/// The agents that metrics name: the busiest of the database when the server started, and then the first that come while there is
/// room. All others are <c>other</c>, so that there are never more series than that.
/// </summary>
internal sealed class AgentNames
{
    public const int Most = 50;
    public const string Other = "other";

    private readonly Lock _gate = new();
    private volatile HashSet<string> _named = [];

    public string Of(string agent)
    {
        var named = _named;
        return named.Contains(agent) || (named.Count < Most && Add(agent)) ? agent : Other;
    }

    /// <summary>Names agents, the busiest first, as far as there is room.</summary>
    public void Name(IEnumerable<string> agents)
    {
        foreach (var agent in agents)
            Add(agent);
    }

    private bool Add(string agent)
    {
        lock (_gate)
        {
            if (_named.Contains(agent))
                return true;
            if (_named.Count >= Most)
                return false;
            _named = [.. _named, agent];
            return true;
        }
    }
}

// A real OpenID provider on loopback for the tests. Its people are given as JSON in the environment; whoever is to sign
// in is named by the sign-in hint or by the form that the tests send. Prints its address when it answers.
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const people = JSON.parse(process.env.PEOPLE);
const back = process.env.BACK;
const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      { client_id: "puma", client_secret: "a secret of the tests", redirect_uris: [back], grant_types: ["authorization_code"], response_types: ["code"] },
      { client_id: "public", token_endpoint_auth_method: "none", redirect_uris: [back], grant_types: ["authorization_code"], response_types: ["code"] },
    ],
    claims: { openid: ["sub"], profile: ["name", "given_name", "family_name", "orcid", "entitlements", "instruments"] },
    pkce: { required: () => true },
    cookies: { keys: ["for the tests only"] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_ctx, id) => people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
  });
  const answer = provider.callback();
  server.on("request", async (request, response) => {
    if (!request.url.startsWith("/interaction/")) return answer(request, response);
    // nobody is asked anything: the person named in the header or in the hint signs in and agrees to everything
    try {
      const { prompt, params, grantId } = await provider.interactionDetails(request, response);
      const person = request.headers["x-person"] || params.login_hint;
      if (prompt.name === "login") {
        const result = people[person] ? { login: { accountId: person } } : { error: "access_denied" };
        return await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
      }
      const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant({ accountId: prompt.details.accountId ?? (await provider.interactionDetails(request, response)).session.accountId, clientId: params.client_id });
      grant.addOIDCScope(params.scope);
      return await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  console.log(issuer);
});

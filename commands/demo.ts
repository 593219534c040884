export const command = { name: "demo", summary: "x" };

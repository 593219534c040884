export const command = { name: "stage", summary: "x" };
